import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Emission } from '../../../src/emission/emission.js';
import { identityAt } from '../../../src/sinks/files/identity.js';
import { rotate } from '../../../src/sinks/files/rotate.js';
import { jsonLine } from '../../../src/sinks/json-line.js';
import { jsonLineFile } from '../../../src/sinks/json-line-file.js';
import { callOf, emissionOf, numbered } from '../../delivery/helpers.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return { ...real, rename: vi.fn(real.rename) };
});

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  path = join(folder, 'events.jsonl');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const linesOf = (emissions: readonly Emission[]): string =>
  emissions.map((one) => `${jsonLine(one)}\n`).join('');
const content = (file = path): string => readFileSync(file, 'utf8');
const archives = (): string[] =>
  readdirSync(folder)
    .filter((name) => name !== basename(path))
    .sort();
const archive = (n: number): string => `${path}.${String(n).padStart(6, '0')}`;

describe('rotate()', () => {
  const identity = async (): Promise<never> => (await identityAt(path)) as never;

  test('rotate() - gives the file the next number, behind the highest that there is', async () => {
    writeFileSync(`${path}.000007.gz`, 'old');
    writeFileSync(path, 'lines\n');
    expect(await rotate(path, await identity())).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(content(archive(8))).toBe('lines\n');
  });

  test("rotate() - takes other rotators' files for none of its own", async () => {
    for (const name of ['1', '2.gz', '20261130', '000001x', '000001.bak'])
      writeFileSync(`${path}.${name}`, 'x');
    writeFileSync(path, 'lines\n');
    await rotate(path, await identity());
    expect(content(archive(1))).toBe('lines\n');
  });

  test('rotate() - of many that want to rotate a file one does, and nothing is overwritten', async () => {
    for (let round = 1; round <= 20; round++) {
      writeFileSync(path, `lines ${round}\n`);
      const meant = await identity();
      const done = await Promise.all(Array.from({ length: 8 }, () => rotate(path, meant)));
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(content(archive(round))).toBe(`lines ${round}\n`);
      expect(archives()).toHaveLength(round);
    }
  });

  test('rotate() - leaves a file that has taken the place of the one that was meant', async () => {
    writeFileSync(path, 'old\n');
    const meant = await identity();
    renameSync(path, `${path}.old`);
    writeFileSync(path, 'new\n');
    expect(await rotate(path, meant)).toBe(false);
    expect(content()).toBe('new\n');
    expect(archives()).toEqual(['events.jsonl.old']);
  });

  test('rotate() - leaves the file to a process that has claimed the next number, unless that was long ago', async () => {
    writeFileSync(path, 'lines\n');
    writeFileSync(archive(1), '');
    expect(await rotate(path, await identity())).toBe(false);
    expect(content()).toBe('lines\n');
    const longAgo = Date.now() / 1000 - 11;
    utimesSync(archive(1), longAgo, longAgo);
    expect(await rotate(path, await identity())).toBe(true);
    expect(content(archive(2))).toBe('lines\n');
  });

  test('rotate() - takes its claim back where the file can not be renamed', async () => {
    writeFileSync(path, 'lines\n');
    vi.mocked(promises.rename).mockRejectedValueOnce(Object.assign(new Error('no'), { code: 'EACCES' }));
    await expect(rotate(path, await identity())).rejects.toMatchObject({ code: 'EACCES' });
    expect(archives()).toEqual([]);
  });
});

describe('jsonLineFile() - rotates', () => {
  test('jsonLineFile() - no file is larger than it may be, unless one line is', async () => {
    const emissions = numbered(100);
    const maxBytes = linesOf(emissions.slice(90, 97)).length;
    const sink = jsonLineFile({ path, rotate: { maxBytes } });
    await Promise.all(emissions.map((emission) => sink(emission, callOf())));
    const large = emissionOf(undefined, { pad: 'x'.repeat(maxBytes) });
    await sink(large, callOf());
    await sink(emissionOf(), callOf());
    await sink.close?.();
    const names = [...archives().map((name) => join(folder, name)), path];
    expect(names.map((name) => content(name)).join('')).toBe(linesOf([...emissions, large, emissionOf()]));
    const [oversize, last] = names.splice(-2);
    for (const name of names) expect(statSync(name).size).toBeLessThanOrEqual(maxBytes);
    expect(names.length).toBeGreaterThanOrEqual(15);
    expect(content(oversize)).toBe(linesOf([large]));
    expect(content(last)).toBe(linesOf([emissionOf()]));
  });

  test('jsonLineFile() - with the first line of the next period, also behind what an earlier process wrote', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.parse('2030-01-01T22:59:59.999Z'));
    const [first, second, third, fourth] = numbered(4) as [Emission, Emission, Emission, Emission];
    const rotation = { everyMillis: 3_600_000 };
    const sink = jsonLineFile({ path, rotate: rotation });
    await sink(first, callOf());
    await sink(second, callOf());
    now.mockReturnValue(Date.parse('2030-01-01T23:00:00.000Z'));
    await sink(third, callOf());
    await sink.close?.();
    expect(content(archive(1))).toBe(linesOf([first, second]));
    expect(content()).toBe(linesOf([third]));
    const seconds = Date.parse('2030-01-01T23:10:00Z') / 1000;
    utimesSync(path, seconds, seconds);
    now.mockReturnValue(Date.parse('2030-01-02T00:00:00.000Z'));
    const next = jsonLineFile({ path, rotate: rotation });
    await next(fourth, callOf());
    await next.close?.();
    expect(content(archive(2))).toBe(linesOf([third]));
    expect(content()).toBe(linesOf([fourth]));
  });

  test('jsonLineFile() - an empty file is not rotated', async () => {
    writeFileSync(path, '');
    utimesSync(path, 1, 1);
    const sink = jsonLineFile({ path, rotate: { everyMillis: 1000 } });
    await sink(emissionOf(), callOf());
    await sink.close?.();
    expect(archives()).toEqual([]);
  });

  test('jsonLineFile() - keeps as many old files as it is told to', async () => {
    const sink = jsonLineFile({ path, rotate: { maxBytes: 1, keep: 3 } });
    for (const emission of numbered(9)) await sink(emission, callOf());
    await sink.close?.();
    expect(archives()).toEqual(['events.jsonl.000006', 'events.jsonl.000007', 'events.jsonl.000008']);
    expect(content()).toBe(linesOf(numbered(9).slice(8)));
  });

  test('jsonLineFile() - goes on with the file that there is where it can not be rotated, and tells that', async () => {
    const warn = vi.fn();
    const quiet = (): void => {};
    diag.setLogger({ warn, error: quiet, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.ALL);
    vi.mocked(promises.rename).mockRejectedValue(
      Object.assign(new Error('not permitted'), { code: 'EPERM' }),
    );
    const sink = jsonLineFile({ path, rotate: { maxBytes: 1 } });
    for (const emission of numbered(3)) await sink(emission, callOf());
    expect(content()).toBe(linesOf(numbered(3)));
    expect(archives()).toEqual([]);
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      expect.stringContaining(`'${path}' could not be rotated; lines still go to the present file`),
    ]);
    diag.disable();
    await sink.close?.();
  });

  test('jsonLineFile() - what is no file of its own is not rotated', async () => {
    const sink = jsonLineFile({ path: '/dev/null', rotate: { maxBytes: 1 } });
    for (const emission of numbered(3)) await sink(emission, callOf());
    await sink.close?.();
    expect(existsSync('/dev/null.000001')).toBe(false);
  });
});
