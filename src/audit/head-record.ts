import type { Place, ReadSignature } from './chain.js';
import { hashOf, signatureOf, signed } from './chain.js';
import type { Signer } from './signature.js';

/**
 * Where a trail ends for certain: what is acknowledged is not behind it. The head file holds the last two, each in a slot of its own, so that
 * one that is torn as it is written leaves the other.
 */
export interface HeadRecord extends Place {
  /** Counts up with each; says which slot it is in. */
  readonly count: number;
  /** Where its line is in the file: from the line's first byte to behind its newline. */
  readonly from: number;
  readonly to: number;
}

export interface ReadHead extends HeadRecord {
  readonly signature: ReadSignature | undefined;
}

/** What a disk writes whole or not at all. */
export const SLOT_BYTES = 512;

/** A record as it stands in its slot. One that nobody signs has a sum, so that a torn one is known. */
export function slotOf(record: HeadRecord, signer: Signer | undefined): Buffer {
  const { count, from, to, hash, seq } = record;
  const key = signer === undefined ? '' : `"key":${JSON.stringify(signer.id)},`;
  const unsigned = `{"audit":1,"bytes":[${from},${to}],"count":${count},"hash":"${hash}",${key}"seq":${seq}}`;
  const text = signer ? signed(unsigned, signer) : withSum(unsigned);
  return Buffer.from(`${text.padEnd(SLOT_BYTES - 1)}\n`);
}

export function slotAt({ count }: HeadRecord): number {
  return (count % 2) * SLOT_BYTES;
}

/** What a head file says. */
export interface HeadFile {
  /** The newest record that can be read, and the one before it. */
  readonly head: ReadHead | undefined;
  readonly before: ReadHead | undefined;
  /** Why it is not as we leave it. */
  readonly damage: string | undefined;
}

export function readHeadFile(bytes: Buffer): HeadFile {
  const slots = [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)].map(readSlot);
  const read = slots.filter((slot) => slot !== undefined).sort((a, b) => b.count - a.count);
  const [head, before] = read;
  if (!head || !before)
    return { head, before, damage: `${head ? 'one' : 'none'} of its two records can be read` };
  const inPlace = slots.every((slot, i) => slot && slot.count % 2 === i);
  if (!inPlace || head.count !== before.count + 1)
    return { head, before, damage: 'its two records do not follow each other' };
  return { head, before, damage: undefined };
}

function readSlot(bytes: Buffer): ReadHead | undefined {
  if (bytes.length !== SLOT_BYTES) return undefined;
  const text = bytes.toString('latin1');
  const json = text.trimEnd();
  try {
    const { bytes: range, count, hash, key, seq, sig } = JSON.parse(json);
    const record: HeadRecord = { seq, hash, count, from: range[0], to: range[1] };
    if (![seq, count, record.from, record.to].every((n) => Number.isSafeInteger(n) && n >= 0))
      return undefined;
    const signature = signatureOf(json, key, sig);
    if (signature === null) return undefined;
    // Written anew it is the same, to the byte: nothing else is a record.
    const signer = signature && { id: signature.key, sign: () => signature.sig, verifies: () => true };
    return slotOf(record, signer).equals(bytes) ? { ...record, signature } : undefined;
  } catch {
    return undefined;
  }
}

function withSum(unsigned: string): string {
  return `${unsigned.slice(0, -1)},"sum":"${hashOf(unsigned)}"}`;
}
