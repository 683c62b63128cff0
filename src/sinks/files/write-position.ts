import { readFileSync } from 'node:fs';

/**
 * Where in the file the last write of a descriptor ended: others append to the file too, so its size does not tell. Linux alone says so;
 * elsewhere nothing is given. No disk is read for it.
 */
export function endOfLastWrite(fd: number): number | undefined {
  try {
    const told = /^pos:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return told === undefined ? undefined : Number(told);
  } catch {
    return undefined;
  }
}
