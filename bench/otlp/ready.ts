import { openSync, readSync } from 'node:fs';

let file: number | undefined;
const buffer = Buffer.alloc(128);

/**
 * For how long this thread was ready to run while something else had the processor: no fault of what is measured. As Linux tells it; 0
 * elsewhere.
 */
export function readySeconds(): number {
  try {
    file ??= openSync('/proc/self/schedstat', 'r');
    const length = readSync(file, buffer, 0, buffer.length, 0);
    return Number(buffer.toString('latin1', 0, length).split(' ')[1]) / 1e9;
  } catch {
    return 0;
  }
}
