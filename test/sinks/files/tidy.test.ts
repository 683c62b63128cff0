import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compress } from '../../../src/sinks/files/compress.js';
import { identityAt } from '../../../src/sinks/files/identity.js';
import { rotate } from '../../../src/sinks/files/rotate.js';
import { SEAL } from '../../../src/sinks/files/seal.js';
import { tidy } from '../../../src/sinks/files/tidy.js';
import { jsonLineFile } from '../../../src/sinks/json-line-file.js';
import { callOf, emissionOf } from '../../delivery/helpers.js';
import { readLines } from '../../faults/lines/read-lines.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return { ...real, open: vi.fn(real.open), rename: vi.fn(real.rename), unlink: vi.fn(real.unlink) };
});

const real = await vi.importActual<typeof promises>('node:fs/promises');
const OLD = { keep: Number.POSITIVE_INFINITY, gzip: true, sync: false };
let folder: string;
let path: string;
let archive: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  path = join(folder, 'events.jsonl');
  archive = `${path}.000001`;
});
afterEach(() => {
  revive();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** The disk is as it is. */
function revive(): void {
  vi.mocked(promises.open).mockImplementation(real.open);
  vi.mocked(promises.rename).mockImplementation(real.rename);
  vi.mocked(promises.unlink).mockImplementation(real.unlink);
}

const names = (): string[] => readdirSync(folder).sort();
const unzipped = (file: string): string => gunzipSync(readFileSync(file)).toString();
const lines = (n: number, from = 0): string =>
  Array.from({ length: n }, (_, i) => `${JSON.stringify({ message: `m${from + i}` })}\n`).join('');
/** As if archives had rested already. */
const later = (): void => void vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 5_000);

describe('compress()', () => {
  test('compress() - has an archive as gzip under its name, with its mode and its time, and nothing else', async () => {
    writeFileSync(archive, lines(5_000), { mode: 0o640 });
    utimesSync(archive, 1_000, 1_000);
    await compress(archive);
    expect(names()).toEqual(['events.jsonl.000001.gz']);
    expect(unzipped(`${archive}.gz`)).toBe(lines(5_000));
    expect(statSync(`${archive}.gz`)).toMatchObject({ mode: 0o100640 });
  });

  test('compress() - leaves out what was written behind the first seal, and ends a torn line', async () => {
    writeFileSync(archive, `${lines(2)}{"torn":${SEAL}${lines(1, 7)}`);
    await compress(archive);
    expect(unzipped(`${archive}.gz`)).toBe(`${lines(2)}{"torn":\n`);
  });

  test('compress() - finds a seal wherever it lies', async () => {
    // Its beginning falls on each byte of the end of what is read at once.
    for (let over = -2; over < SEAL.length + 2; over++) {
      const before = Buffer.alloc(64 * 1024 - over, 'x');
      writeFileSync(archive, Buffer.concat([before, SEAL, Buffer.from('late\n')]));
      await compress(archive);
      expect(unzipped(`${archive}.gz`)).toBe(`${before}\n`);
    }
  });

  test('compress() - gives an archive that is compressed already its name', async () => {
    writeFileSync(archive, gzipSync(lines(3)));
    await compress(archive);
    expect(names()).toEqual(['events.jsonl.000001.gz']);
    expect(unzipped(`${archive}.gz`)).toBe(lines(3));
  });

  test('compress() - an archive that two processes compress is there once', async () => {
    for (let round = 0; round < 10; round++) {
      writeFileSync(archive, lines(2_000));
      const outcomes = await Promise.allSettled([compress(archive), compress(archive)]);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'ENOENT' });
      expect(names()).toEqual(['events.jsonl.000001.gz']);
      expect(unzipped(`${archive}.gz`)).toBe(lines(2_000));
    }
  });
});

describe('a crash at any moment', () => {
  /** From the nth call on, nothing happens any more: the process is dead. Gives whether it came to that. */
  function dieAt(nth: number): () => boolean {
    let calls = 0;
    const alive = <T>(really: () => Promise<T>): Promise<T> =>
      ++calls < nth ? really() : Promise.reject(new Error('dead'));
    vi.mocked(promises.rename).mockImplementation((...args) => alive(() => real.rename(...args)));
    vi.mocked(promises.unlink).mockImplementation((...args) => alive(() => real.unlink(...args)));
    vi.mocked(promises.open).mockImplementation((...args) =>
      alive(async () => {
        const handle = await real.open(...args);
        for (const method of ['write', 'appendFile', 'chmod', 'utimes', 'sync'] as const) {
          const really = (handle[method] as (...args: unknown[]) => Promise<unknown>).bind(handle);
          handle[method] = ((...given: unknown[]) => alive(() => really(...given))) as never;
        }
        return handle;
      }),
    );
    return () => calls >= nth;
  }

  test('a crash at any call of a rotation and a compression leaves each line in one place, and the next start tidies up', async () => {
    let crashes = 0;
    for (let nth = 1; ; nth++) {
      for (const name of names()) rmSync(join(folder, name));
      writeFileSync(path, lines(100));
      const died = dieAt(nth);
      const work = async (): Promise<void> => {
        await rotate(path, (await identityAt(path)) as never);
        await compress(archive);
      };
      await work().catch(() => {});
      revive();
      if (!died()) break;
      crashes++;
      const { messages, torn } = readLines(path);
      expect([...messages.entries()], `call ${nth}`).toEqual(
        Array.from({ length: 100 }, (_, i) => [`m${i}`, 1]),
      );
      expect(torn).toEqual([]);
      const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 70_000);
      await tidy(path, OLD);
      clock.mockRestore();
      const after = readLines(path);
      expect([...after.messages.values()], `call ${nth}, tidied`).toEqual(new Array(100).fill(1));
      expect(after.strange, `call ${nth}, tidied`).toEqual([]);
    }
    expect(crashes).toBeGreaterThan(8);
  });
});

describe('tidy()', () => {
  test('tidy() - compresses what has rested, and says whether something rests yet', async () => {
    writeFileSync(archive, lines(3));
    expect(await tidy(path, OLD)).toBe(true);
    expect(names()).toEqual(['events.jsonl.000001']);
    later();
    expect(await tidy(path, OLD)).toBe(false);
    expect(names()).toEqual(['events.jsonl.000001.gz']);
  });

  test('tidy() - leaves the archives as they are where they are not to be compressed', async () => {
    writeFileSync(archive, lines(3));
    later();
    expect(await tidy(path, { ...OLD, gzip: false })).toBe(false);
    expect(readFileSync(archive, 'utf8')).toBe(lines(3));
  });

  test('tidy() - removes what processes that are gone left half written, of an earlier one with our id too', async () => {
    writeFileSync(archive, lines(3));
    // No process has an id as high as that.
    for (const pid of [2 ** 30, process.pid]) writeFileSync(`${archive}.gz.${pid}-1f.tmp`, 'half');
    later();
    await tidy(path, OLD);
    expect(names()).toEqual(['events.jsonl.000001.gz']);
  });

  test('tidy() - leaves an archive to a process that is compressing it, unless that stands still', async () => {
    writeFileSync(archive, lines(3));
    const half = `${archive}.gz.${process.ppid}-1f.tmp`;
    writeFileSync(half, 'half');
    later();
    await tidy(path, OLD);
    expect(names()).toEqual(['events.jsonl.000001', `events.jsonl.000001.gz.${process.ppid}-1f.tmp`]);
    const longAgo = Date.now() / 1000 - 61;
    utimesSync(half, longAgo, longAgo);
    await tidy(path, OLD);
    expect(names()).toEqual(['events.jsonl.000001.gz']);
  });

  test('tidy() - removes the oldest beyond those that are kept, compressed or not; claims of rotations count as none', async () => {
    for (const n of [1, 2, 3, 4]) writeFileSync(`${path}.00000${n}`, lines(1));
    writeFileSync(`${path}.000005.gz`, gzipSync(lines(1)));
    writeFileSync(`${path}.000006`, '');
    writeFileSync(`${path}.20261130`, 'of another rotator');
    await tidy(path, { keep: 2, gzip: false, sync: true });
    expect(names()).toEqual([
      'events.jsonl.000004',
      'events.jsonl.000005.gz',
      'events.jsonl.000006',
      'events.jsonl.20261130',
    ]);
  });

  test('tidy() - removes nothing where there are claims alone', async () => {
    writeFileSync(archive, '');
    await tidy(path, { keep: 1, gzip: true, sync: false });
    expect(names()).toEqual(['events.jsonl.000001']);
  });
});

describe('jsonLineFile() - sees to its archives', () => {
  test('jsonLineFile() - compresses at the start what an earlier process left, and later what it rotates itself', async () => {
    writeFileSync(archive, lines(3));
    writeFileSync(`${archive}.gz.${2 ** 30}-1f.tmp`, 'half');
    const sink = jsonLineFile({ path, rotate: { maxBytes: 1, gzip: true } });
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2_000);
    await sink(emissionOf(), callOf());
    await vi.waitFor(() => expect(existsSync(`${archive}.gz`)).toBe(true));
    clock.mockRestore();
    await sink(emissionOf(), callOf());
    expect(names()).toContain('events.jsonl.000002');
    // A second later, by itself.
    await vi.waitFor(
      () => expect(names()).toEqual(['events.jsonl', 'events.jsonl.000001.gz', 'events.jsonl.000002.gz']),
      20_000,
    );
    await sink.close?.();
  });

  test('jsonLineFile() - a process may still write to an archive that is compressed: no line is lost', async () => {
    const sink = jsonLineFile({ path });
    await sink(emissionOf(undefined, {}, { message: 'first' }), callOf());
    const other = jsonLineFile({ path, rotate: { maxBytes: 1, gzip: true } });
    await other(emissionOf(undefined, {}, { message: 'second' }), callOf());
    later();
    await tidy(path, OLD);
    expect(existsSync(`${archive}.gz`)).toBe(true);
    // It has not looked for a while, and finds the file compressed only behind its line.
    await sink(emissionOf(undefined, {}, { message: 'late' }), callOf());
    await Promise.all([sink.close?.(), other.close?.()]);
    expect([...readLines(path).messages.entries()].sort()).toEqual([
      ['first', 1],
      ['late', 1],
      ['second', 1],
    ]);
  });

  test('jsonLineFile() - what can not be compressed is told, and stays', async () => {
    writeFileSync(archive, lines(1));
    appendFileSync(archive, '');
    const told: string[] = [];
    const { diag, DiagLogLevel } = await import('@opentelemetry/api');
    const nothing = (): void => {};
    diag.setLogger(
      {
        warn: (text) => void told.push(text),
        error: nothing,
        info: nothing,
        debug: nothing,
        verbose: nothing,
      },
      DiagLogLevel.ALL,
    );
    later();
    vi.mocked(promises.rename).mockRejectedValue(
      Object.assign(new Error('not permitted'), { code: 'EPERM' }),
    );
    const sink = jsonLineFile({ path, rotate: { maxBytes: 1000, gzip: true } });
    await sink(emissionOf(), callOf());
    await vi.waitFor(() =>
      expect(told).toEqual([
        expect.stringContaining(`the archives of '${path}' could not be compressed or removed`),
      ]),
    );
    diag.disable();
    await sink.close?.();
    expect(readLines(path).messages.get('m0')).toBe(1);
  });
});
