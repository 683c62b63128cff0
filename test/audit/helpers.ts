import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { canonicalJson } from '../../src/audit/canonical-json.js';
import { lockPath } from '../../src/audit/file-names.js';
import type { FileSystem } from '../../src/audit/file-system.js';
import { realFiles } from '../../src/audit/file-system.js';
import type { Signer } from '../../src/audit/signature.js';
import { hmacSigner } from '../../src/audit/signature.js';
import type { TrailParts } from '../../src/audit/trail.js';
import { Trail } from '../../src/audit/trail.js';
import type { Keys } from '../../src/audit/verify/file-check.js';
import type { Anchors, Verdict } from '../../src/audit/verify/verdict.js';
import { verifyFiles } from '../../src/audit/verify/verify-files.js';
import { WriterLock } from '../../src/audit/writer-lock.js';
import { jsonLine } from '../../src/sinks/json-line.js';

export const SIGNER: Signer = hmacSigner('test', 'k'.repeat(32));
export const KEYS: Keys = new Map([['test', SIGNER]]);

export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'signalbox-audit-'));
  file = (name = 'audit.jsonl'): string => join(this.path, name);
  text = (name?: string): string => readFileSync(this.file(name), 'utf8');
  remove = (): void => rmSync(this.path, { recursive: true, force: true });
}

export interface MadeTrail {
  readonly trail: Trail;
  readonly told: string[];
}

/** A trail over files of the test's choice; it is opened, as a sink opens it when it is made. */
export function trailAt(path: string, more: Partial<TrailParts> = {}): MadeTrail {
  const made = closedTrailAt(path, more);
  made.trail.open();
  return made;
}

/** The same before it is opened: the first emission does that, as where opening it failed. */
export function closedTrailAt(path: string, more: Partial<TrailParts> = {}): MadeTrail {
  const told: string[] = [];
  const files: FileSystem = more.files ?? realFiles;
  const trail = new Trail({
    path,
    files,
    signer: undefined,
    mode: 0o600,
    lock: new WriterLock(files, lockPath(path)),
    rotation: {},
    json: (emission) => canonicalJson(JSON.parse(jsonLine(emission))),
    tell: (sentence) => told.push(sentence),
    ...more,
  });
  return { trail, told };
}

/** The lines of a trail's file, read. */
export function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The messages of the emissions in a trail's file. */
export function messagesIn(text: string): string[] {
  return linesOf(text).flatMap(({ emission }) =>
    emission ? [(emission as { readonly message: string }).message] : [],
  );
}

export function gapsIn(text: string): Record<string, unknown>[] {
  return linesOf(text).flatMap(({ gap }) => (gap ? [gap as Record<string, unknown>] : []));
}

const NO_ANCHORS: Anchors = { expected: undefined, after: undefined };

export function verified(
  paths: readonly string[],
  keys: Keys = undefined,
  anchors: Partial<Anchors> = {},
): Promise<Verdict> {
  return verifyFiles(paths, keys, { ...NO_ANCHORS, ...anchors });
}

/** What is wrong with files, in a line each, without their folder. */
export async function problemsOf(
  paths: readonly string[],
  keys: Keys = undefined,
  anchors: Partial<Anchors> = {},
): Promise<string[]> {
  const { problems } = await verified(paths, keys, anchors);
  return problems.map(({ file, line, why }) => `${basename(file)}${line ? `:${line}` : ''}: ${why}`);
}
