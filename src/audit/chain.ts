import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import type { Signer } from './signature.js';

/** A place in a trail: a line's number, from 1, and the SHA-256 of its bytes without the newline. */
export interface Place {
  readonly seq: number;
  readonly hash: string;
}

/** Before the first line. */
export const BEGINNING: Place = { seq: 0, hash: '0'.repeat(64) };

/** What every line begins with: the version of the form. */
export const LINE_BEGINS = '{"audit":1,';

/** The longest line that is read: a longer one is none of ours. */
export const LONGEST_LINE: number = 64 * 1024 * 1024;

/** What a line holds: an emission, or what is known to be missing before it. Given as canonical JSON. */
export interface Content {
  readonly kind: 'emission' | 'gap';
  readonly json: string;
}

/** The line that follows a place, without its newline. */
export function lineAfter({ seq, hash }: Place, { kind, json }: Content, signer: Signer | undefined): string {
  const key = signer === undefined ? '' : `"key":${JSON.stringify(signer.id)},`;
  // By hand, in the order of canonical JSON: `sig` comes last, so that what is signed is what stands before it.
  return signed(`${LINE_BEGINS}"${kind}":${json},${key}"prev":"${hash}","seq":${seq + 1}}`, signer);
}

/** An object in JSON with its signature as its last member. */
export function signed(unsigned: string, signer: Signer | undefined): string {
  return signer === undefined ? unsigned : `${unsigned.slice(0, -1)},"sig":"${signer.sign(unsigned)}"}`;
}

export function hashOf(bytes: Uint8Array | string): string {
  return hash('sha256', bytes);
}

/** A line as it was read. */
export interface ReadLine extends Place {
  /** The hash that it says the line before has. */
  readonly prev: string;
  readonly kind: 'emission' | 'gap';
  /** Of a gap: its reason. */
  readonly reason: string | undefined;
  readonly signature: ReadSignature | undefined;
}

export interface ReadSignature {
  readonly key: string;
  readonly sig: string;
  /** What was signed. */
  readonly text: string;
}

const HASH = /^[0-9a-f]{64}$/;

/** Reads a line without its newline. Gives a text where it is no line of a trail: why. */
export function readLine(bytes: Buffer): ReadLine | string {
  if (!isUtf8(bytes)) return 'it is no UTF-8';
  const text = bytes.toString();
  let line: Readonly<Record<string, unknown>>;
  try {
    line = JSON.parse(text);
    if (canonicalJson(line) !== text) return 'it is no canonical JSON';
  } catch {
    return 'it is no JSON';
  }
  if (line === null || typeof line !== 'object' || line.audit !== 1) return 'it is no line of an audit trail';
  const { emission, gap, key, prev, seq, sig } = line;
  const kind = emission === undefined ? 'gap' : 'emission';
  const names = ['audit', kind, ...(key === undefined ? [] : ['key']), 'prev', 'seq'];
  if (sig !== undefined) names.push('sig');
  if (Object.keys(line).join() !== names.join() || !isObject(emission ?? gap))
    return 'it has other members than a line of an audit trail';
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return 'its number is none';
  if (typeof prev !== 'string' || !HASH.test(prev)) return 'the hash of the line before is none';
  const signature = signatureOf(text, key, sig);
  if (signature === null) return 'it is signed in part';
  const { reason } = (gap ?? {}) as { readonly reason?: unknown };
  return {
    seq: seq as number,
    hash: hashOf(bytes),
    prev,
    kind,
    reason: typeof reason === 'string' ? reason : undefined,
    signature,
  };
}

/** The signature of an object in canonical JSON whose last member it is; `null` where it is only half there. */
export function signatureOf(text: string, key: unknown, sig: unknown): ReadSignature | undefined | null {
  if (key === undefined && sig === undefined) return undefined;
  if (typeof key !== 'string' || typeof sig !== 'string') return null;
  return { key, sig, text: `${text.slice(0, text.lastIndexOf(',"sig":'))}}` };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
