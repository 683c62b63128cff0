import fs, {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeAsAtExit } from '../../src/delivery/process-exit.js';
import type { SinkFunction } from '../../src/delivery/sink-function.js';
import { connectSink } from '../../src/delivery/sink-port.js';
import { atExitOf } from '../../src/delivery/write-at-exit.js';
import type { Emission } from '../../src/emission/emission.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import type { JsonLineFileOptions } from '../../src/sinks/json-line-file.js';
import { jsonLineFile } from '../../src/sinks/json-line-file.js';
import {
  callOf,
  connectionOf,
  deadline,
  emissionOf,
  numbered,
  settle,
  waiting,
} from '../delivery/helpers.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return { ...real, open: vi.fn(real.open) };
});

const real = await vi.importActual<typeof promises>('node:fs/promises');
let folder: string;
let path: string;

beforeEach(() => {
  // What has ended stays ended: for each test the process begins anew.
  const exits = (globalThis as { [key: symbol]: { patience: unknown; leavers: Set<unknown> } | undefined })[
    Symbol.for('signalbox.exits')
  ];
  if (!exits) return;
  exits.patience = undefined;
  exits.leavers.clear();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  path = join(folder, 'events.jsonl');
});
afterEach(() => {
  vi.mocked(promises.open).mockReset().mockImplementation(real.open);
  rmSync(folder, { recursive: true });
});

const content = (): string => readFileSync(path, 'utf8');
const linesOf = (emissions: readonly Emission[]): string =>
  emissions.map((one) => `${jsonLine(one)}\n`).join('');

/** Has `write` of each handle do something else; gives a promise of its first call. */
function onAppend(append: (text: string, really: () => Promise<unknown>) => Promise<unknown>): Promise<void> {
  const called = waiting();
  vi.mocked(promises.open).mockImplementation(async (...args) => {
    const handle = await real.open(...args);
    const write = handle.write.bind(handle);
    handle.write = ((bytes: Buffer, ...where: [number, number, null]) => {
      called.resolve();
      return append(bytes.toString(), () => write(bytes, ...where));
    }) as never;
    return handle;
  });
  return called.promise;
}

/** Given the next emission when it has answered. */
function oneByOne(sink: SinkFunction): SinkFunction {
  return Object.assign(sink, { inFlight: 1 });
}

describe.each([
  ['jsonLineFile', jsonLineFile],
  ['jsonLineFile, synced', (options: JsonLineFileOptions) => jsonLineFile({ ...options, sync: 'line' })],
] as const)('%s() at the end of the process', (name, create) => {
  const emissions = numbered(4);
  const accept = (): { counts(): object; shutdown(): Promise<void> } => {
    const connection = connectionOf();
    const port = connectSink(oneByOne(create({ path })), {}, connection);
    for (const emission of emissions) {
      port.accept?.(emission);
    }
    return { counts: () => connection.sinkAccount.counts(), shutdown: () => port.shutdown(deadline()) };
  };

  test(`${name}() - a file that is being opened has all lines`, async () => {
    vi.mocked(promises.open).mockImplementation(() => new Promise(() => {}));
    const { counts } = accept();
    await settle();
    writeAsAtExit();
    expect(content()).toBe(linesOf(emissions));
    expect(counts()).toMatchObject({ delivered: 4, queued: 0 });
  });

  test(`${name}() - a line that another thread is about to write comes once, and before the others`, async () => {
    const called = onAppend((_, really) => really());
    const { counts, shutdown } = accept();
    await called;
    writeAsAtExit();
    expect(content()).toBe(linesOf(emissions));
    expect(counts()).toMatchObject({ delivered: 4, queued: 0 });
    // It was no end after all: nothing comes again.
    await settle();
    await shutdown();
    expect(content()).toBe(linesOf(emissions));
    expect(counts()).toMatchObject({ delivered: 4, failed: 0, queued: 0 });
  });

  test(`${name}() - a line that is written in part gets its rest`, async () => {
    const called = onAppend((text) => {
      appendFileSync(path, text.slice(0, 10));
      return new Promise(() => {});
    });
    const { counts } = accept();
    await called;
    writeAsAtExit();
    expect(content()).toBe(linesOf(emissions));
    expect(counts()).toMatchObject({ delivered: 4, queued: 0 });
  });

  test(`${name}() - a line is found among those of another process`, async () => {
    writeFileSync(path, 'before\n');
    const called = onAppend((text) => {
      appendFileSync(path, `theirs\n${text}theirs too\n`);
      return new Promise(() => {});
    });
    accept();
    await called;
    writeAsAtExit();
    const [first, ...others] = emissions as [Emission, ...Emission[]];
    expect(content()).toBe(`before\ntheirs\n${linesOf([first])}theirs too\n${linesOf(others)}`);
  });

  test(`${name}() - a line in a file that was cut off meanwhile is found too`, async () => {
    writeFileSync(path, 'before\n'.repeat(100));
    const called = onAppend((text) => {
      truncateSync(path);
      appendFileSync(path, text);
      return new Promise(() => {});
    });
    accept();
    await called;
    writeAsAtExit();
    expect(content()).toBe(linesOf(emissions));
  });

  test(`${name}() - a line that never comes is a failure and not written anew, the others are written`, async () => {
    const called = onAppend(() => new Promise(() => {}));
    const { counts } = accept();
    await called;
    writeAsAtExit();
    expect(content()).toBe(linesOf(emissions.slice(1)));
    expect(counts()).toMatchObject({ delivered: 3, failed: 1, queued: 0 });
  });

  test(`${name}() - a file that was moved away is made anew for the rest`, async () => {
    const old = join(folder, 'old');
    const called = onAppend((text) => {
      appendFileSync(path, text);
      renameSync(path, old);
      return new Promise(() => {});
    });
    accept();
    await called;
    writeAsAtExit();
    expect(readFileSync(old, 'utf8')).toBe(linesOf(emissions.slice(0, 1)));
    expect(content()).toBe(linesOf(emissions.slice(1)));
  });

  test(`${name}() - a line that a crash tore before is ended first`, () => {
    writeFileSync(path, '{"torn":');
    accept();
    writeAsAtExit();
    expect(content()).toBe(`{"torn":\n${linesOf(emissions)}`);
  });

  test(`${name}() - one sink in two places writes what each has`, async () => {
    const sink = oneByOne(create({ path }));
    const connections = [connectionOf('a'), connectionOf('b')];
    const ports = connections.map((connection) => connectSink(sink, {}, connection));
    const called = onAppend((_, really) => really());
    for (const port of ports) {
      for (const emission of emissions.slice(0, 2)) port.accept?.(emission);
    }
    await called;
    writeAsAtExit();
    expect(content().trim().split('\n').sort()).toEqual(
      linesOf([...emissions.slice(0, 2), ...emissions.slice(0, 2)])
        .trim()
        .split('\n')
        .sort(),
    );
    for (const { sinkAccount } of connections)
      expect(sinkAccount.counts()).toMatchObject({ delivered: 2, queued: 0 });
  });
});

test('jsonLineFile() - a folder that is gone is made anew for what is left, with the mode of the file', () => {
  const connection = connectionOf();
  const port = connectSink(jsonLineFile({ path, mode: 0o640 }), {}, connection);
  rmSync(folder, { recursive: true });
  port.accept?.(emissionOf());
  writeAsAtExit();
  expect(connection.sinkAccount.counts()).toMatchObject({ delivered: 1, queued: 0 });
  expect(content()).toBe(linesOf([emissionOf()]));
  expect(statSync(path).mode & 0o777).toBe(0o640);
});

test('jsonLineFile() - a symbolic link is not followed at the end either', () => {
  const connection = connectionOf();
  const port = connectSink(jsonLineFile({ path }), {}, connection);
  symlinkSync(join(folder, 'target'), path);
  port.accept?.(emissionOf());
  writeAsAtExit();
  expect(connection.sinkAccount.counts()).toMatchObject({ failed: 1, queued: 0 });
  expect(existsSync(join(folder, 'target'))).toBe(false);
});

describe('jsonLineFile() at the end of the process, given many at once', () => {
  const patience = { wait: () => true };
  const emissions = numbered(4);
  const outcomes = (sink: SinkFunction, of: readonly Emission[]): unknown[] =>
    of.map((emission) => atExitOf(sink)?.finish(emission, patience));

  test('jsonLineFile() - lines that are written together by another thread are delivered, once, and those that wait', async () => {
    const called = onAppend((_, really) => really());
    const sink = jsonLineFile({ path });
    for (const emission of emissions.slice(0, 3)) sink(emission, callOf());
    await called;
    sink(emissions[3] as Emission, callOf());
    expect(outcomes(sink, emissions)).toEqual(['delivered', 'delivered', 'delivered', 'delivered']);
    expect(content()).toBe(linesOf(emissions));
    await settle();
    await sink.close?.();
    expect(content()).toBe(linesOf(emissions));
  });

  test('jsonLineFile() - of lines that came in part the whole ones and the one that got its rest are delivered', async () => {
    const [first, second] = emissions.map((one) => linesOf([one])) as [string, string];
    const called = onAppend(() => {
      appendFileSync(path, first + second.slice(0, 5));
      return new Promise(() => {});
    });
    const sink = jsonLineFile({ path });
    for (const emission of emissions.slice(0, 2)) sink(emission, callOf());
    await called;
    expect(outcomes(sink, emissions.slice(0, 2))).toEqual(['delivered', 'delivered']);
    expect(content()).toBe(first + second);
  });

  test('jsonLineFile() - lines of which nothing comes are failures, and not written anew', async () => {
    const called = onAppend(() => new Promise(() => {}));
    const sink = jsonLineFile({ path });
    for (const emission of emissions) sink(emission, callOf());
    await called;
    expect(outcomes(sink, emissions)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(content()).toBe('');
  });

  test('jsonLineFile() - a group that waits for its sync is synced', async () => {
    const sink = jsonLineFile({ path, sync: 'group', groupMillis: 60_000 });
    const sync = vi.spyOn(fs, 'fdatasyncSync');
    syncBuiltinESMExports();
    const answers = emissions.map((emission) => sink(emission, callOf()));
    await vi.waitFor(() => expect(content()).toBe(linesOf(emissions)));
    expect(sync).not.toHaveBeenCalled();
    await settle();
    expect(outcomes(sink, emissions)).toEqual(['delivered', 'delivered', 'delivered', 'delivered']);
    expect(sync).toHaveBeenCalledTimes(1);
    await Promise.all(answers);
    expect(content()).toBe(linesOf(emissions));
    sync.mockRestore();
    syncBuiltinESMExports();
    await sink.close?.();
  });

  test('jsonLineFile() - lines that ended are known until those who gave them can know', async () => {
    const sink = jsonLineFile({ path });
    const all = numbered(300);
    await Promise.all(all.map((emission) => sink(emission, callOf())));
    // Their answers are settled in this turn: the process may end before anybody has seen that.
    expect(new Set(outcomes(sink, all))).toEqual(new Set(['delivered']));
    expect(content()).toBe(linesOf(all));
    await sink.close?.();
  });
});
