import type { Place } from '../chain.js';
import { readHeadFile } from '../head-record.js';
import type { Keys } from './file-check.js';
import { signatureProblem } from './file-check.js';

/** What the head file beside a file says. */
export interface FoundHead {
  readonly place: Place;
  /** What is wrong with the head file. */
  readonly why: string | undefined;
}

export function foundHead(bytes: Buffer, keys: Keys): FoundHead | { readonly place: undefined; why: string } {
  const { head, before, damage } = readHeadFile(bytes);
  if (!head) return { place: undefined, why: damage ?? 'it can not be read' };
  const { seq, hash, signature } = head;
  // The record before may be from before there was a key.
  const older = before?.signature && signatureProblem(before.signature, keys);
  return { place: { seq, hash }, why: damage ?? signatureProblem(signature, keys) ?? older };
}

const TEXT = /^(\d{1,16}):([0-9a-f]{64})$/;

/** A head as people write it: `1204:9f86…`, the number and the hash of a line. */
export function headText({ seq, hash }: Place): string {
  return `${seq}:${hash}`;
}

export function headOf(text: string): Place | undefined {
  const [, seq, hash] = TEXT.exec(text) ?? [];
  return hash === undefined || !Number.isSafeInteger(Number(seq)) ? undefined : { seq: Number(seq), hash };
}
