import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
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
import type { JsonLineFileOptions } from '../../src/sinks/json-line-file.js';
import { jsonLineFile } from '../../src/sinks/json-line-file.js';
import { callOf, connectionOf, deadline, emissionOf, numbered } from '../delivery/helpers.js';
import { expectSentence, wrong } from '../support/misuse.js';

// The module is wrapped so that tests can break and count what is done; everything else is the real file system.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return { ...real, open: vi.fn(real.open), stat: vi.fn(real.stat), lstat: vi.fn(real.lstat) };
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
  vi.mocked(promises.lstat).mockReset().mockImplementation(real.lstat);
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

function synced(options: JsonLineFileOptions): SinkFunction {
  return jsonLineFile({ sync: 'line', ...options });
}

describe.each([
  ['jsonLineFile', jsonLineFile],
  ['jsonLineFile, synced', synced],
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

  test(`${name}() - refuses a path that is a folder, and one in what is no folder, and names them`, () => {
    expectSentence(
      () => create({ path: folder }),
      `jsonLineFile: the path '${folder}' is a folder. Give the path of a file in it.`,
    );
    writeFileSync(path, '');
    expect(() => create({ path: join(path, 'a.jsonl') })).toThrow(SignalboxError);
    expect(() => create({ path: join(path, 'a.jsonl') })).toThrow(`'${path}'`);
  });
});

describe('jsonLineFile() - options', () => {
  test('jsonLineFile() - makes folders with the first line, those above too, and anew when they are removed', async () => {
    const deep = join(folder, 'logs', 'app', 'a.jsonl');
    const sink = jsonLineFile({ path: deep });
    expect(existsSync(join(folder, 'logs'))).toBe(false);
    await sink(emissionOf(), callOf());
    rmSync(join(folder, 'logs'), { recursive: true });
    await sink(emissionOf(), callOf());
    await sink.close?.();
    // The second was written to a file that had no name any more: it is not lost, nor is it there twice.
    expect(readFileSync(deep, 'utf8')).toBe(`${jsonLine(emissionOf())}\n`);
  });

  test.each([
    [0o640, 0o640],
    [0o666, 0o666],
    [undefined, 0o666 & ~process.umask()],
  ])('jsonLineFile() - makes a file with the mode %o, whatever the umask is', async (mode, expected) => {
    const sink = jsonLineFile({ path, mode });
    await sink(emissionOf(), callOf());
    await sink.close?.();
    expect(statSync(path).mode & 0o777).toBe(expected);
  });

  test('jsonLineFile() - leaves the mode of a file that is there', async () => {
    writeFileSync(path, '');
    chmodSync(path, 0o604);
    const sink = jsonLineFile({ path, mode: 0o640 });
    await sink(emissionOf(), callOf());
    await sink.close?.();
    expect(statSync(path).mode & 0o777).toBe(0o604);
  });

  test('jsonLineFile() - refuses a symbolic link, and fails lines where one comes later; follows it where asked', async () => {
    const target = join(folder, 'target.jsonl');
    writeFileSync(target, '');
    symlinkSync(target, path);
    expectSentence(
      () => jsonLineFile({ path }),
      `jsonLineFile: the path '${path}' is a symbolic link. Give the path of the file itself, or \`followLinks: true\`.`,
    );
    rmSync(path);
    const careful = jsonLineFile({ path });
    symlinkSync(target, path);
    await expect(careful(emissionOf(), callOf())).rejects.toMatchObject({ code: 'ELOOP' });
    const sink = jsonLineFile({ path, followLinks: true, rotate: { maxBytes: 1 } });
    await sink(emissionOf(), callOf());
    await sink(emissionOf(), callOf());
    await sink.close?.();
    // What is rotated is the file, not the link to it.
    expect(readdirSync(folder).sort()).toEqual(['events.jsonl', 'target.jsonl', 'target.jsonl.000001']);
    expect(content()).toBe(`${jsonLine(emissionOf())}\n`);
    await careful.close?.();
  });

  test('jsonLineFile() - follows a link to a file that is still to be made', async () => {
    symlinkSync('target.jsonl', path);
    const sink = jsonLineFile({ path, followLinks: true });
    await sink(emissionOf(), callOf());
    await sink.close?.();
    expect(readFileSync(join(folder, 'target.jsonl'), 'utf8')).toBe(`${jsonLine(emissionOf())}\n`);
  });

  test.each([
    [
      { sync: true },
      "`sync` is true: it is called 'line' now. With 'group', lines that come together share one fsync.",
    ],
    [
      { sync: false },
      "`sync` is false: it is called 'never' now. With 'group', lines that come together share one fsync.",
    ],
    [{ sync: 'often' }, "`sync` is 'often'. Use 'line', 'group' or 'never'."],
    [
      { groupMillis: 0, sync: 'group' },
      '`groupMillis` is 0. Give milliseconds, more than 0 and at most 2147483647.',
    ],
    [
      { groupMillis: 5 },
      "`groupMillis` is 5, and `sync` is 'never', which has no groups. Use `sync: 'group'`, or leave it out.",
    ],
    [{ mode: 640 }, '`mode` is 640. Give permission bits up to 0o777, as in 0o640 (octal, with `0o`).'],
    [{ mode: '0640' }, "`mode` is '0640'. Give permission bits up to 0o777, as in 0o640 (octal, with `0o`)."],
    [{ followLinks: 1 }, '`followLinks` is 1. Use true or false.'],
    [{ stack: 1 }, '`stack` is 1. Use true or false.'],
    [{ rotate: true }, '`rotate` is true. Give an object, as in { maxBytes: … }, or leave it out.'],
  ])('jsonLineFile() - refuses the options %o with a sentence', (options, sentence) => {
    expectSentence(() => jsonLineFile(wrong({ path, ...options })), `jsonLineFile: ${sentence}`);
  });

  test.each([
    [{}, ': neither a size nor a period is given. Give `maxBytes`, `everyMillis` or both.'],
    [{ maxBytes: 0 }, ': `maxBytes` is 0. Give a whole number from 1.'],
    [{ everyMillis: 0.5 }, ': `everyMillis` is 0.5. Give a whole number from 1.'],
    [{ maxBytes: 1, keep: 0 }, ': `keep` is 0. Give a whole number from 1.'],
    [{ maxBytes: 1, gzip: 'yes' }, ": `gzip` is 'yes'. Use true or false."],
    [
      { maxByte: 1 },
      ": there is no option 'maxByte'. Did you mean 'maxBytes'? There are `maxBytes`, `everyMillis`, `keep`, `gzip`.",
    ],
  ])('jsonLineFile() - refuses the rotation %o with a sentence', (rotate, sentence) => {
    expectSentence(
      () => jsonLineFile({ path, rotate: wrong(rotate) }),
      `jsonLineFile, in \`rotate\`${sentence}`,
    );
  });

  test.each([
    ['never', undefined],
    ['line', true],
    ['group', true],
  ] as const)(
    "jsonLineFile() - with sync '%s' it says whether its answer survives a crash: %s",
    (sync, durable) => {
      const { inFlight, durable: survives } = {
        durable: undefined,
        ...jsonLineFile({ path, sync }),
      } as never;
      expect({ inFlight, survives }).toEqual({ inFlight: 1024, survives: durable });
    },
  );
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
    let writes = 0;
    vi.mocked(promises.open).mockImplementation(async (...args) => {
      const handle = await real.open(...args);
      const write = handle.write.bind(handle);
      handle.write = (async (...given: Parameters<typeof write>) => {
        // The disk takes a part, and nothing when the line is written again.
        if (++writes === 1) {
          appendFileSync(path, '{"time":"20');
          return { bytesWritten: 11, buffer: given[0] };
        }
        if (writes === 2) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        return write(...given);
      }) as never;
      return handle;
    });
    port.accept?.(emissionOf());
    await port.forceFlush?.(deadline());
    port.accept?.(emissionOf());
    await port.shutdown(deadline());
    expect(connection.sinkAccount.counts()).toMatchObject({ failed: 1, delivered: 1 });
    expect(connection.reports).toMatchObject([{ error: { code: 'ENOSPC' } }]);
    expect(content()).toBe(`{"time":"20\n${line}`);
  });

  test('the file - that can not be opened fails each emission until it can', async () => {
    const sink = jsonLineFile({ path });
    vi.mocked(promises.open).mockRejectedValueOnce(Object.assign(new Error('no'), { code: 'EMFILE' }));
    await expect(write(sink)).rejects.toMatchObject({ code: 'EMFILE' });
    await write(sink);
    await sink.close?.();
    expect(content()).toBe(line);
  });

  test('the file - is looked for at its path before each line that is synced, else where it was not for a second', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(5_000);
    const looks = (): number => vi.mocked(promises.lstat).mock.calls.length;
    const plain = jsonLineFile({ path });
    await write(plain);
    let before = looks();
    // Behind each line.
    for (let i = 0; i < 10; i++) await write(plain);
    expect(looks() - before).toBe(10);
    now.mockReturnValue(6_000);
    before = looks();
    await write(plain);
    expect(looks() - before).toBe(2);
    await plain.close?.();
    const each = synced({ path });
    await write(each);
    before = looks();
    for (let i = 0; i < 10; i++) await write(each);
    expect(looks() - before + vi.mocked(promises.stat).mock.calls.length).toBeGreaterThanOrEqual(20);
    await each.close?.();
    expect(content()).toBe(line.repeat(23));
  });

  test('the file - that can not be looked at is taken to be there', async () => {
    const sink = jsonLineFile({ path, sync: 'line' });
    await write(sink);
    const opened = vi.mocked(promises.open).mock.calls.length;
    vi.mocked(promises.lstat).mockRejectedValue(Object.assign(new Error('no'), { code: 'EACCES' }));
    await write(sink);
    await sink.close?.();
    expect(promises.open).toHaveBeenCalledTimes(opened);
    expect(content()).toBe(line + line);
  });

  test.each([jsonLineFile, synced])(
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
    },
  );
});
