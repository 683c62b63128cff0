import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSignalbox } from '../../../src/box/create-signalbox.js';
import type { Destination } from '../../../src/delivery/destination.js';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import { defineSignal } from '../../../src/signal/signal.js';
import { batched, fallback, jsonLineFile, retrying, sink } from '../../../src/sinks/index.js';
import { callOf, numbered } from '../../delivery/helpers.js';
import { noUnhandledRejections } from '../../promises/rejections.js';

noUnhandledRejections();

const LATER = 60_000;
const ROW_READ = defineSignal('ROW_READ');
const refuses: SinkFunction = async () => {
  throw new Error('no');
};
const file = (): string => join(mkdtempSync(join(tmpdir(), 'signalbox-')), 'events.jsonl');

/** Emits so many to a destination, and shuts down long before a batch would have waited for others. */
async function shutDown(rows: SinkFunction | Destination, emissions: number): Promise<unknown> {
  const box = createSignalbox({ destinations: { rows }, routes: [{ signals: '*', to: 'rows' }] });
  for (let i = 0; i < emissions; i++) box.emit(ROW_READ);
  const { complete } = await box.shutdown({ timeoutMillis: 5_000 });
  const { delivered = 0, failed = 0 } = box.stats().destinations.rows?.channels.sink ?? {};
  return { complete, delivered, failed };
}

describe('what a modifier gives on after a flush', () => {
  test('retrying(batched(fn)) - is brought out with the try that it is given in', async () => {
    let failures = 1;
    const batches: number[] = [];
    const store = batched(
      async ({ length }) => {
        batches.push(length);
        if (failures-- > 0) throw new Error('no');
      },
      { size: 100, ageMillis: LATER },
    );
    const retry = { attempts: 4, delayMillis: 1, jitter: false };
    expect(await shutDown(retrying(store, retry), 5)).toEqual({ complete: true, delivered: 5, failed: 0 });
    expect(batches[0]).toBe(5);
    failures = 1;
    expect(await shutDown(sink(store, { retry }), 5)).toEqual({
      complete: true,
      delivered: 5,
      failed: 0,
    });
  });

  test('fallback(fn, batched(other)) - is brought out when the first has failed', async () => {
    const batches: number[] = [];
    const store = batched(({ length }) => void batches.push(length), { size: 2, ageMillis: LATER });
    expect(await shutDown(fallback(refuses, store), 3)).toEqual({ complete: true, delivered: 3, failed: 0 });
    expect(batches.reduce((sum, length) => sum + length, 0)).toBe(3);
  });

  test("fallback(fn, file) - reaches the disk at once with sync 'group'", async () => {
    const path = file();
    const sink = fallback(refuses, jsonLineFile({ path, sync: 'group', groupMillis: LATER }));
    expect(await shutDown(sink, 3)).toEqual({ complete: true, delivered: 3, failed: 0 });
    expect(readFileSync(path, 'utf8').match(/\n/g)).toHaveLength(3);
  });

  test('fallback(fn, batched(other)) - waits for others where it was given after the flush', async () => {
    const batches: number[] = [];
    const store = batched(({ length }) => void batches.push(length), { size: 2, ageMillis: LATER });
    const kept = fallback(refuses, store);
    kept.flush?.();
    await Promise.all(numbered(2).map((emission) => kept(emission, callOf())));
    expect(batches).toEqual([2]);
  });
});
