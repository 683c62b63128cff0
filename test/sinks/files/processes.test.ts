import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonLineKills } from '../../faults/json-line-kills.js';
import { buildWriter, WriterProcess } from '../../faults/lines/processes.js';
import { readLines } from '../../faults/lines/read-lines.js';
import { rotationUnderLoad } from '../../faults/rotation-under-load.js';

describe('several processes', () => {
  test.each([false, true])(
    'jsonLineFile() - four processes that write to a file and rotate it lose, double and tear no line, compressed: %s',
    async (gzip) => {
      const outcome = await rotationUnderLoad({ processes: 4, lines: 10_000, rotations: 10, gzip });
      expect(outcome).toMatchObject({
        lines: 10_000,
        delivered: 10_000,
        lost: 0,
        doubled: 0,
        torn: 0,
        troubles: [],
      });
      expect(outcome.rotations).toBeGreaterThanOrEqual(10);
    },
    240_000,
  );

  test.each(['never', 'group'] as const)(
    "jsonLineFile() - two processes that are killed at random moments: each acknowledged line is there, sync '%s'",
    async (sync) => {
      const outcome = await jsonLineKills({ rounds: 2, sync });
      expect(outcome).toMatchObject({ kills: 8, lost: 0, doubled: 0 });
      expect(outcome.acknowledged).toBeGreaterThanOrEqual(8);
    },
    240_000,
  );
});

describe('processes of one kind', () => {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-processes-'));
    program = await buildWriter(folder);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('jsonLineFile() - lines of more than half a megabyte of several processes are never in one another', async () => {
    const path = join(folder, 'large.jsonl');
    const writers = ['a', 'b', 'c'].map(
      (name) =>
        new WriterProcess(program, {
          file: { path },
          name,
          lines: 40,
          burst: 4,
          lengths: [700_000, 20, 1_500_000],
          acknowledges: false,
        }),
    );
    await Promise.all(writers.map((writer) => writer.ready()));
    for (const writer of writers) writer.begin();
    await Promise.all(writers.map((writer) => writer.ended()));
    const { messages, torn } = readLines(path);
    expect(torn.map((line) => line.slice(0, 40))).toEqual([]);
    expect(messages.size).toBe(120);
    expect(new Set(messages.values())).toEqual(new Set([1]));
    for (const { printed } of writers) expect(JSON.parse(printed)).toEqual({ delivered: 40, failed: 0 });
  }, 120_000);

  test.runIf(existsSync('/proc/self/fdinfo'))(
    'jsonLineFile() - beside one that leaves torn lines all the time, each line is there once and whole',
    async () => {
      const path = join(folder, 'torn.jsonl');
      const writers = ['a', 'b'].map(
        (name) =>
          new WriterProcess(program, {
            file: { path, rotate: { maxBytes: 100_000 } },
            name,
            lines: 500,
            burst: 20,
            lengths: [30, 200],
            acknowledges: false,
          }),
      );
      await Promise.all(writers.map((writer) => writer.ready()));
      for (const writer of writers) writer.begin();
      let ended = false;
      const tearing = (async () => {
        for (; !ended; await new Promise((done) => setImmediate(done)))
          if (existsSync(path)) appendFileSync(path, '{"torn":');
      })();
      await Promise.all(writers.map((writer) => writer.ended()));
      ended = true;
      await tearing;
      const { messages, torn } = readLines(path);
      expect(torn.length).toBeGreaterThan(10);
      expect(messages.size).toBe(1_000);
      expect(new Set(messages.values())).toEqual(new Set([1]));
    },
    120_000,
  );

  test('jsonLineFile() - a file that may grow no more fails each line that it does not hold once, and is torn nowhere else', async () => {
    const path = join(folder, 'limited.jsonl');
    const writer = new WriterProcess(
      program,
      { file: { path }, name: 'a', lines: 200, burst: 20, lengths: [500], acknowledges: false },
      // 50 kB, as POSIX counts in blocks of 512 bytes.
      'ulimit -f 100',
    );
    await writer.ready();
    writer.begin();
    await writer.ended();
    const { delivered, failed } = JSON.parse(writer.printed) as { delivered: number; failed: number };
    const { messages, torn } = readLines(path);
    expect({ total: delivered + failed, there: messages.size }).toEqual({ total: 200, there: delivered });
    expect(delivered).toBeGreaterThan(50);
    expect(failed).toBeGreaterThan(50);
    expect(torn.length).toBeLessThanOrEqual(1);
    expect(new Set(writer.troubles.trim().split('\n'))).toEqual(new Set(['EFBIG']));
  }, 60_000);
});
