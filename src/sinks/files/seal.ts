import type { FileHandle } from 'node:fs/promises';

/**
 * The end of an archive that is being compressed. Whoever still has the archive open may append to it at any time. All appends have
 * one order, so the lines before this seal are compressed, and lines after it came too late: their writer finds the seal, and writes
 * them again to the new file. No line of ours looks like the seal, and the seal ends any line before it.
 */
export const SEAL: Buffer = Buffer.from('\n{"sealed":"signalbox"}\n');

const CHUNK = 64 * 1024;

/** The bytes of a file from a position up to the first seal there. Returns the position of the seal; undefined if there is none. */
export async function* untilSeal(
  handle: FileHandle,
  from = 0,
): AsyncGenerator<Buffer, number | undefined, undefined> {
  let held: Buffer = Buffer.alloc(0);
  for (let at = from; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
    const both: Buffer = Buffer.concat([held, buffer.subarray(0, bytesRead)]);
    const found = both.indexOf(SEAL);
    if (found > 0) yield both.subarray(0, found);
    if (found >= 0) return at - held.length + found;
    if (bytesRead === 0) {
      if (held.length > 0) yield held;
      return undefined;
    }
    at += bytesRead;
    // A seal may begin in the bytes that are held back.
    const whole = Math.max(0, both.length - SEAL.length + 1);
    if (whole > 0) yield both.subarray(0, whole);
    held = both.subarray(whole);
  }
}

/** The position of the first seal after a position. */
export async function sealBehind(handle: FileHandle, from: number): Promise<number | undefined> {
  const reading = untilSeal(handle, from);
  for (;;) {
    const { done, value } = await reading.next();
    if (done) return value;
  }
}
