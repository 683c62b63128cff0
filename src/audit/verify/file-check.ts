import type { Place } from '../chain.js';
import { LONGEST_LINE, readLine } from '../chain.js';
import type { Verifier } from '../signature.js';
import { FoundGaps } from './found-gaps.js';

const NEWLINE = 0x0a;

/** A line of a file that is not as it was written, and why. */
export interface Problem {
  readonly file: string;
  /** In the file, from 1; undefined where it is of no one line. */
  readonly line?: number;
  readonly why: string;
}

/** Keys by their ids; undefined where signatures are not looked at. */
export type Keys = ReadonlyMap<string, Verifier> | undefined;

/** Reads one file of a trail, a part at a time, and keeps next to nothing of it. It stops at the first line that is wrong. */
export class FileCheck {
  readonly file: string;
  readonly #keys: Keys;
  /** Lines whose hash somebody wants to know. */
  readonly #wanted: ReadonlySet<number>;
  readonly seen: Map<number, string> = new Map();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  lines = 0;
  /** Lines that say that something is missing. */
  readonly gaps: FoundGaps = new FoundGaps();
  /** Lines that are signed. */
  signed = 0;
  first: { readonly seq: number; readonly prev: string } | undefined;
  last: Place | undefined;
  /** Bytes behind the last newline. */
  torn = 0;
  problem: Problem | undefined;

  constructor(file: string, keys: Keys, wanted: ReadonlySet<number>) {
    this.file = file;
    this.#keys = keys;
    this.#wanted = wanted;
  }

  push(bytes: Buffer): void {
    let from = 0;
    while (!this.problem) {
      const end = bytes.indexOf(NEWLINE, from);
      if (end < 0) break;
      const part = bytes.subarray(from, end);
      this.#line(this.#pending.length === 0 ? part : Buffer.concat([...this.#pending, part]));
      this.#pending = [];
      this.#pendingBytes = 0;
      from = end + 1;
    }
    if (this.problem || from === bytes.length) return;
    const rest = bytes.subarray(from);
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes > LONGEST_LINE) this.#wrong('it is longer than any line of a trail', 1);
    else this.#pending.push(rest);
  }

  end(): void {
    this.torn = this.#pendingBytes;
    this.#pending = [];
  }

  #line(bytes: Buffer): void {
    const line = readLine(bytes);
    if (typeof line === 'string') {
      this.#wrong(line, 1);
      return;
    }
    const { last } = this;
    if (last && line.seq !== last.seq + 1) {
      this.#wrong(`its number is ${line.seq}, and that of the line before ${last.seq}`, 1);
      return;
    }
    const signature = this.#signatureProblem(line.signature);
    if (signature !== undefined) {
      this.#wrong(signature, 1);
      return;
    }
    if (last && line.prev !== last.hash) {
      this.#wrong('its hash is not the one that the line behind it names: one of the two was changed', 0);
      return;
    }
    this.lines++;
    if (line.kind === 'gap') this.gaps.add(line, this.lines);
    if (line.signature) this.signed++;
    this.first ??= { seq: line.seq, prev: line.prev };
    this.last = { seq: line.seq, hash: line.hash };
    if (this.#wanted.has(line.seq)) this.seen.set(line.seq, line.hash);
  }

  #signatureProblem(
    signature: Exclude<ReturnType<typeof readLine>, string>['signature'],
  ): string | undefined {
    return signatureProblem(signature, this.#keys);
  }

  #wrong(why: string, ahead: 0 | 1): void {
    this.problem = { file: this.file, line: this.lines + ahead, why };
  }
}

/** What is wrong with a signature; nothing where signatures are not looked at. */
export function signatureProblem(
  signature: { readonly key: string; readonly sig: string; readonly text: string } | undefined,
  keys: Keys,
): string | undefined {
  if (!keys) return undefined;
  if (!signature) return 'it is not signed';
  const key = keys.get(signature.key);
  if (!key) return `it is signed with a key that was not given, '${signature.key}'`;
  return key.verifies(signature.text, signature.sig) ? undefined : 'its signature is wrong';
}
