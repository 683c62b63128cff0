// Kills the writer of an audit trail at random moments, and looks whether what it acknowledged is there. `tsx test/faults/audit-kills.ts 300`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { canonicalJson } from '../../src/audit/canonical-json.js';
import { fullPaths } from '../../src/audit/file-names.js';
import { realFiles } from '../../src/audit/file-system.js';
import { openTrail } from '../../src/audit/open-trail.js';
import { verifyFiles } from '../../src/audit/verify/verify-files.js';
import { signerOf } from '../../src/sinks/audit-key.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import { BuiltPackage } from '../support/built.js';

/** What became of all rounds. Nothing may be lost, doubled or invalid. */
export interface AuditKills {
  readonly rounds: number;
  /** Lines that the writers told as acknowledged, over a pipe. */
  acknowledged: number;
  /** Of these, lines that are not in the trail exactly once. */
  lost: number;
  /** Rounds whose trail does not verify after the repair, and why. */
  readonly invalid: string[];
  /** Second writers, and those of them that were not refused with the first one's number. */
  seconds: number;
  notRefused: number;
  /** Rounds in which the kill left a part of a line, and in which it came in a file that had been begun anew. */
  torn: number;
  rotated: number;
}

/** Rounds on one trail; then a new one, so that looking at it does not take ever longer. */
const ROUNDS_OF_A_TRAIL = 10;
const LONGEST_MILLIS = 80;
const PATIENCE_MILLIS = 60_000;

/** Writes without an end, a few hundred lines at once, and tells each as it is acknowledged. */
const WRITER = `
const [path, round, rotate, second] = process.argv.slice(2);
let audit;
try {
  audit = auditFile({ path, key: { id: 'k', secret: 'k'.repeat(32) }, ...(rotate === 'yes' && { rotate: { maxLines: 300, gzip: round % 2 === 0 } }) });
} catch (error) {
  fs.writeSync(1, error.message + '\\n');
  process.exit(second === 'second' ? 7 : 8);
}
fs.writeSync(1, 'ready\\n');
let number = 0;
const next = () => {
  const message = round + '-' + number++;
  const emission = { signal: 'KILLED', event: 'killed', severity: 'info', severityNumber: 9, message, timestamp: Date.now(),
    fields: { text: 'x'.repeat(number % 500) }, attributes: {}, definition: { fields: {} } };
  audit(emission, {}).then(() => { fs.writeSync(1, message + '\\n'); next(); }, (error) => { fs.writeSync(2, String(error)); process.exit(9); });
};
for (let i = 0; i < 200; i++) next();
`;

interface Writer {
  readonly pid: number;
  /** What it printed, in whole lines. */
  lines(): string[];
  printed(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
  kill(): void;
}

function start(program: string, args: readonly string[]): Writer {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let wake = (): void => {};
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      wake();
    });
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MILLIS);
  const ended = (once(child, 'close') as Promise<[number | null]>).then(([code]) => {
    clearTimeout(late);
    wake();
    wake = () => {};
    return code;
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  return {
    pid: child.pid as number,
    lines: () => out.split('\n').slice(0, -1),
    printed: async (text) => {
      while (!out.includes(text) && !isOver)
        await new Promise<void>((resolve) => {
          wake = resolve;
          void ended.then(() => resolve());
        });
    },
    ended,
    kill: () => child.kill('SIGKILL'),
  };
}

/** @param random Between 0 and 1. */
export async function auditKills(rounds: number, random: () => number = Math.random): Promise<AuditKills> {
  const built = new BuiltPackage();
  const result: AuditKills = {
    rounds,
    acknowledged: 0,
    lost: 0,
    invalid: [],
    seconds: 0,
    notRefused: 0,
    torn: 0,
    rotated: 0,
  };
  try {
    await built.build();
    const program = join(built.folder, 'writer.mjs');
    writeFileSync(program, built.program(WRITER));
    let acknowledged: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const folder = join(built.folder, `trail-${Math.floor(round / ROUNDS_OF_A_TRAIL)}`);
      if (round % ROUNDS_OF_A_TRAIL === 0) acknowledged = [];
      mkdirSync(folder, { recursive: true });
      const path = join(folder, 'audit.jsonl');
      acknowledged.push(...(await oneRound(result, { program, path, round, random })));
      await look(result, path, acknowledged, round);
      if (round % ROUNDS_OF_A_TRAIL === ROUNDS_OF_A_TRAIL - 1) rmSync(folder, { recursive: true });
    }
  } finally {
    built.remove();
  }
  return result;
}

interface Round {
  readonly program: string;
  readonly path: string;
  readonly round: number;
  readonly random: () => number;
}

async function oneRound(result: AuditKills, { program, path, round, random }: Round): Promise<string[]> {
  const writer = start(program, [path, String(round), round % 3 === 0 ? 'yes' : 'no']);
  await writer.printed('ready\n');
  if (round % 2 === 0) {
    result.seconds++;
    const second = start(program, [path, String(round), 'no', 'second']);
    const code = await second.ended;
    const said = second.lines().join(' ');
    if (code !== 7 || !said.includes(`is being written by process ${writer.pid}`)) result.notRefused++;
  }
  await new Promise((resolve) => setTimeout(resolve, random() * LONGEST_MILLIS));
  writer.kill();
  await writer.ended;
  const told = writer.lines().filter((line) => line.startsWith(`${round}-`));
  if (told.length < writer.lines().length - 1)
    result.invalid.push(`round ${round}: ${writer.lines().at(-1)}`);
  return told;
}

/** Opens the trail as the next start does, which mends it, and looks at all of it. */
async function look(result: AuditKills, path: string, told: readonly string[], round: number): Promise<void> {
  const found: string[] = [];
  const trail = openTrail({
    path,
    files: realFiles,
    // What mends has the writer's key: a head without its signature is a forged one.
    signer: signerOf('audit-kills', { id: 'k', secret: 'k'.repeat(32) }),
    mode: 0o600,
    rotation: {},
    ownFile: false,
    followLinks: false,
    json: (emission) => canonicalJson(JSON.parse(jsonLine(emission))),
    tell: (_, sentence) => found.push(sentence),
  });
  await trail.close();
  if (found.length > 0) result.torn++;
  const names = { names: (folder: string) => readdirSync(folder) };
  const full = fullPaths(names, path);
  if (full.length > 0) result.rotated++;
  const files = [...full, path];
  const { problems, chains } = await verifyFiles(files, undefined, { expected: undefined, after: undefined });
  for (const { file, line, why } of problems)
    result.invalid.push(`round ${round}: ${file} ${line ?? ''}: ${why}`);
  if (problems.length === 0 && chains.length !== 1)
    result.invalid.push(`round ${round}: ${chains.length} chains`);
  const times = new Map<string, number>();
  // Put aside as full, and killed before the next was made: one that is not there is as one with nothing in it.
  for (const file of files.filter((one) => existsSync(one)))
    for (const line of textOf(file).split('\n')) {
      if (line === '') continue;
      const { emission } = JSON.parse(line) as { readonly emission?: { readonly message: string } };
      if (emission) times.set(emission.message, (times.get(emission.message) ?? 0) + 1);
    }
  const lost = told.filter((message) => times.get(message) !== 1).length;
  result.acknowledged =
    result.acknowledged + told.filter((message) => message.startsWith(`${round}-`)).length;
  result.lost += lost;
}

function textOf(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const rounds = Number(process.argv[2] ?? 300);
  const result = await auditKills(rounds);
  console.log(JSON.stringify(result));
  process.exitCode = result.lost + result.notRefused + result.invalid.length > 0 ? 1 : 0;
}
