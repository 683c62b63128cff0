import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeAsAtExit } from '../../src/delivery/process-exit.js';
import { connectSink } from '../../src/delivery/sink-port.js';
import type { Emission } from '../../src/emission/emission.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import { auditFile, jsonLineFile } from '../../src/sinks/json-line-file.js';
import { connectionOf, deadline, emissionOf, numbered, settle, waiting } from '../delivery/helpers.js';

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

/** Has `appendFile` of each handle do something else; gives a promise of its first call. */
function onAppend(append: (text: string, really: () => Promise<void>) => Promise<void>): Promise<void> {
  const called = waiting();
  vi.mocked(promises.open).mockImplementation(async (...args) => {
    const handle = await real.open(...args);
    const appendFile = handle.appendFile.bind(handle);
    handle.appendFile = (text) => {
      called.resolve();
      return append(text as string, () => appendFile(text));
    };
    return handle;
  });
  return called.promise;
}

describe.each([
  ['jsonLineFile', jsonLineFile],
  ['auditFile', auditFile],
] as const)('%s() at the end of the process', (name, create) => {
  const emissions = numbered(4);
  const accept = (): { counts(): object; shutdown(): Promise<void> } => {
    const connection = connectionOf();
    const port = connectSink(create({ path }), {}, connection);
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
    const sink = create({ path });
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

test('jsonLineFile() - a folder that is gone makes failures of what is left', () => {
  const connection = connectionOf();
  const port = connectSink(jsonLineFile({ path }), {}, connection);
  rmSync(folder, { recursive: true });
  port.accept?.(emissionOf());
  expect(() => writeAsAtExit()).not.toThrow();
  expect(connection.sinkAccount.counts()).toMatchObject({ failed: 1, queued: 0 });
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
});
