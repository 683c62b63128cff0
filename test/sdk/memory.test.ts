import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Counts } from '../../src/delivery/account.js';

const run = promisify(execFile);
const APP = fileURLToPath(new URL('memory-app.ts', import.meta.url));
/** A test may take so long on a machine that is busy. */
const MILLIS = 120_000;

async function play<T>(mode: string, n: number, heapMegabytes: number): Promise<T> {
  const flags = [`--max-old-space-size=${heapMegabytes}`, '--expose-gc', '--import', 'tsx'];
  const { stdout } = await run(process.execPath, [...flags, APP, mode, String(n)], { timeout: MILLIS });
  return JSON.parse(stdout) as T;
}

interface Dead {
  readonly open: number;
  readonly counts: Counts;
  readonly end: Counts;
  readonly complete: boolean;
  readonly grown: number;
}

describe('a process with a small heap', () => {
  test.each([
    ['dead', 1],
    ['deadThree', 3],
  ])(
    'records of 240 kB for an exporter that never answers (%s) - end no heap of 384 MB, and each is counted',
    async (mode, inFlight) => {
      const { open, counts, end, complete, grown } = await play<Dead>(mode, 3000, 384);
      expect(open).toBe(inFlight);
      expect(counts.routed).toBe(3000);
      expect(counts.dropped.queue_bytes).toBeGreaterThan(2000);
      expect(end.queued).toBe(0);
      const lost = Object.values(end.dropped).reduce((sum, lost) => sum + lost, 0);
      expect(end.failed + lost).toBe(3000);
      expect(complete).toBe(false);
      // What timed out is let go, though the exporter can still answer for it.
      expect(grown).toBeLessThan(10);
    },
    MILLIS,
  );

  test.each(['own', 'otel'])(
    "label values that were cut from bodies of 200 kB - keep no body alive: the metrics of '%s'",
    async (mode) => {
      const { grown } = await play<{ grown: number }>(mode, 4000, 384);
      expect(grown).toBeLessThan(50);
    },
    MILLIS,
  );

  test(
    'records that wait for their exporter - take no more than 330 bytes each',
    async () => {
      const { bytesEach, queued } = await play<{ bytesEach: number; queued: number }>('waiting', 50_000, 384);
      expect(queued).toBe(50_000);
      expect(bytesEach).toBeLessThan(330);
    },
    MILLIS,
  );
});
