import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SinkFunction } from '../../src/delivery/sink-function.js';
import { connectSink } from '../../src/delivery/sink-port.js';
import type { Emission } from '../../src/emission/emission.js';
import { SignalboxError } from '../../src/signal/signalbox-error.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import { auditFile, jsonLineFile } from '../../src/sinks/json-line-file.js';
import { callOf, connectionOf, deadline, emissionOf, numbered } from '../delivery/helpers.js';

// The module is wrapped so that tests can break and count what is done; everything else is the real file system.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return { ...real, open: vi.fn(real.open), stat: vi.fn(real.stat) };
});

const real = await vi.importActual<typeof promises>('node:fs/promises');
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  path = join(folder, 'events.jsonl');
});
afterEach(() => {
  vi.mocked(promises.open).mockReset().mockImplementation(real.open);
  vi.mocked(promises.stat).mockReset().mockImplementation(real.stat);
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** The files that this process holds open; a removed one has that behind its name. */
function openFiles(): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

function isOpen(): boolean {
  return openFiles().includes(path);
}

function content(): string {
  return readFileSync(path, 'utf8');
}

describe.each([
  ['jsonLineFile', jsonLineFile],
  ['auditFile', auditFile],
] as const)('%s()', (name, create) => {
  test(`${name}() - appends each emission as one line, in order, behind what is there`, async () => {
    writeFileSync(path, '{"old":true}\n');
    const connection = connectionOf();
    const port = connectSink(create({ path }), {}, connection);
    const emissions = numbered(50);
    for (const emission of emissions) {
      port.accept?.(emission);
    }
    await port.shutdown(deadline());
    expect(content()).toBe(`{"old":true}\n${emissions.map((one) => `${jsonLine(one)}\n`).join('')}`);
    expect(connection.sinkAccount.counts()).toMatchObject({ delivered: 50, queued: 0 });
  });

  test.each([
    ['is moved away', (to: string) => renameSync(path, to)],
    ['is removed', () => rmSync(path)],
    [
      'is replaced',
      (to: string) => {
        renameSync(path, to);
        writeFileSync(path, '{"new":true}');
      },
    ],
  ])(`${name}() - a file that %s is made or opened anew, and the old one let go`, async (what, change) => {
    const now = vi.spyOn(performance, 'now');
    const [first, second, third] = numbered(3) as [Emission, Emission, Emission];
    const sink = create({ path });
    await sink(first, callOf());
    const old = join(folder, 'events.jsonl.1');
    change(old);
    now.mockReturnValue(performance.now() + 1_000);
    await sink(second, callOf());
    await sink(third, callOf());
    await sink.close?.();
    const begun = what === 'is replaced' ? '{"new":true}\n' : '';
    expect(content()).toBe(`${begun}${jsonLine(second)}\n${jsonLine(third)}\n`);
    if (existsSync(old)) expect(readFileSync(old, 'utf8')).toBe(`${jsonLine(first)}\n`);
    expect(openFiles().filter((file) => file.startsWith(folder))).toEqual([]);
  });

  test(`${name}() - keeps the order also for callers that do not wait`, async () => {
    const sink = create({ path });
    const emissions = numbered(20);
    await Promise.all(emissions.map((emission) => sink(emission, callOf())));
    await sink.close?.();
    expect(content()).toBe(emissions.map((one) => `${jsonLine(one)}\n`).join(''));
  });

  test.each([undefined, '', 7])(`${name}() - refuses the path %o`, (wrong) => {
    expect(() => create({ path: wrong as string })).toThrow(SignalboxError);
    expect(() => create({ path: wrong as string })).toThrow(/`path` is .+\. Give a file's path/);
  });

  test(`${name}() - refuses a path without its folder, and one that is a folder, and names them`, () => {
    const missing = join(folder, 'logs', 'a.jsonl');
    expect(() => create({ path: missing })).toThrow(SignalboxError);
    expect(() => create({ path: missing })).toThrow(
      `${name}: the folder '${join(folder, 'logs')}' of the path '${missing}' does not exist. Create it first.`,
    );
    expect(() => create({ path: folder })).toThrow(`${name}: the path '${folder}' is a folder.`);
    writeFileSync(path, '');
    expect(() => create({ path: join(path, 'a.jsonl') })).toThrow(SignalboxError);
  });
});

describe('the file', () => {
  const write = async (sink: SinkFunction): Promise<void> => void (await sink(emissionOf(), callOf()));
  const line = `${jsonLine(emissionOf())}\n`;

  test('the file - is opened with the first emission, not before', async () => {
    const sink = jsonLineFile({ path });
    expect(existsSync(path)).toBe(false);
    await write(sink);
    expect(existsSync(path)).toBe(true);
    await sink.close?.();
  });

  test('the file - stays the same when the working directory changes', async () => {
    const before = process.cwd();
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const sink = jsonLineFile({ path: 'events.jsonl' });
    cwd.mockReturnValue(before);
    await write(sink);
    await sink.close?.();
    expect(content()).toBe(line);
  });

  test.runIf(existsSync('/proc/self/fd'))(
    'the file - is closed at shutdown, and opened again if used again',
    async () => {
      const sink = jsonLineFile({ path });
      await write(sink);
      expect(isOpen()).toBe(true);
      await sink.close?.();
      expect(isOpen()).toBe(false);
      await sink.close?.();
      await write(sink);
      await sink.close?.();
      expect(isOpen()).toBe(false);
      expect(content()).toBe(line + line);
    },
  );

  test('the file - has a line of its own for each emission also behind a line that a crash tore', async () => {
    writeFileSync(path, '{"torn":');
    const sink = jsonLineFile({ path });
    await write(sink);
    await write(sink);
    await sink.close?.();
    expect(content()).toBe(`{"torn":\n${line}${line}`);
  });

  test('the file - an error fails the emission alone, and a half written line is ended', async () => {
    const connection = connectionOf();
    const port = connectSink(jsonLineFile({ path }), {}, connection);
    vi.mocked(promises.open).mockImplementationOnce(async (...args) => {
      const handle = await real.open(...args);
      handle.appendFile = async () => {
        appendFileSync(path, '{"time":"20');
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      };
      return handle;
    });
    for (const emission of [emissionOf(), emissionOf()]) {
      port.accept?.(emission);
    }
    await port.shutdown(deadline());
    expect(connection.sinkAccount.counts()).toMatchObject({ failed: 1, delivered: 1 });
    expect(connection.reports).toMatchObject([{ error: { code: 'ENOSPC' } }]);
    expect(content()).toBe(`{"time":"20\n${line}`);
  });

  test('the file - that can not be opened fails each emission until it can', async () => {
    const sink = jsonLineFile({ path });
    rmSync(folder, { recursive: true });
    await expect(write(sink)).rejects.toMatchObject({ code: 'ENOENT' });
    await promises.mkdir(folder);
    await write(sink);
    await sink.close?.();
    expect(content()).toBe(line);
  });

  test('the file - is looked at before each line of an audit, and else once a second at most', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(5_000);
    const plain = jsonLineFile({ path });
    for (let i = 0; i < 10; i++) await write(plain);
    expect(promises.stat).toHaveBeenCalledTimes(0);
    now.mockReturnValue(6_000);
    for (let i = 0; i < 10; i++) await write(plain);
    expect(promises.stat).toHaveBeenCalledTimes(1);
    const audit = auditFile({ path });
    for (let i = 0; i < 10; i++) await write(audit);
    expect(promises.stat).toHaveBeenCalledTimes(10);
    expect(content()).toBe(line.repeat(30));
    await plain.close?.();
    await audit.close?.();
  });

  test('the file - that can not be looked at is taken to be there', async () => {
    const audit = auditFile({ path });
    await write(audit);
    vi.mocked(promises.stat).mockRejectedValueOnce(Object.assign(new Error('no'), { code: 'EACCES' }));
    await write(audit);
    await audit.close?.();
    expect(promises.open).toHaveBeenCalledTimes(1);
    expect(content()).toBe(line + line);
  });

  test('the file - whose folder is gone fails each emission until it is back', async () => {
    const audit = auditFile({ path });
    await write(audit);
    rmSync(folder, { recursive: true });
    await expect(write(audit)).rejects.toMatchObject({ code: 'ENOENT' });
    await promises.mkdir(folder);
    await write(audit);
    await audit.close?.();
    expect(content()).toBe(line);
  });

  test('the file - is forced to the disk for each line of an audit, and only there', async () => {
    const synced: string[] = [];
    vi.mocked(promises.open).mockImplementation(async (...args) => {
      const handle = await real.open(...args);
      const datasync = handle.datasync.bind(handle);
      handle.datasync = async () => {
        synced.push(content());
        await datasync();
      };
      return handle;
    });
    const audit = auditFile({ path });
    await write(audit);
    await write(audit);
    expect(synced).toEqual([line, line + line]);
    const plain = jsonLineFile({ path });
    await write(plain);
    expect(synced).toHaveLength(2);
    await audit.close?.();
    await plain.close?.();
  });

  test.each([jsonLineFile, auditFile])(
    '%o - tells the stacks of errors, unless it is told not to',
    async (make) => {
      const errors = {
        error: { type: 'RangeError', message: 'too far', stack: 'RangeError: too far\n    at lift' },
      };
      const failed = emissionOf(undefined, {}, { errors });
      for (const options of [{ path }, { path, stack: false }]) {
        const file = make(options);
        await file(failed, callOf());
        await file.close?.();
      }
      expect(readFileSync(path, 'utf8')).toBe(`${jsonLine(failed)}\n${jsonLine(failed, { stack: false })}\n`);
      expect(() => make({ path, stack: 1 as never })).toThrow(/: `stack` is 1\. Use true or false\.$/);
    },
  );
});
