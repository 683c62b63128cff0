import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import { connectSink } from '../../../src/delivery/sink-port.js';
import type { Emission } from '../../../src/emission/emission.js';
import { SEAL } from '../../../src/sinks/files/seal.js';
import { jsonLine } from '../../../src/sinks/json-line.js';
import type { JsonLineFileOptions } from '../../../src/sinks/json-line-file.js';
import { jsonLineFile } from '../../../src/sinks/json-line-file.js';
import {
  callOf,
  connectionOf,
  deadline,
  emissionOf,
  numbered,
  settle,
  TICKED,
  waiting,
} from '../../delivery/helpers.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return { ...real, open: vi.fn(real.open) };
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
  rmSync(folder, { recursive: true });
});

const linesOf = (emissions: readonly Emission[]): string =>
  emissions.map((one) => `${jsonLine(one)}\n`).join('');
const content = (file = path): string => readFileSync(file, 'utf8');
const give = (sink: SinkFunction, emissions: readonly Emission[]): Promise<unknown>[] =>
  emissions.map(async (emission) => sink(emission, callOf()));
const error = (code: string): Error => Object.assign(new Error(code), { code });
/** An emission whose line has at least so many bytes. */
const long = (bytes: number, message = 'long'): Emission =>
  emissionOf(TICKED, { pad: 'x'.repeat(bytes) }, { message });

interface Disk {
  /** In place of a write: `really` does it. */
  write?(bytes: Buffer, really: () => Promise<{ bytesWritten: number }>): Promise<{ bytesWritten: number }>;
  /** In place of a sync of the file at the path, `folder` where it is of a folder. */
  sync?(what: 'file' | 'folder', really: () => Promise<void>): Promise<void>;
}

/** Has the disk do something else. */
function injectDisk({ write, sync }: Disk): void {
  vi.mocked(promises.open).mockImplementation(async (...args) => {
    const handle = await real.open(...args);
    const isFile = args[0] === path;
    const really = {
      write: handle.write.bind(handle),
      datasync: handle.datasync.bind(handle),
      sync: handle.sync.bind(handle),
    };
    if (write && isFile)
      handle.write = ((bytes: Buffer, ...where: [number, number, null]) =>
        write(bytes, () => really.write(bytes, ...where))) as never;
    if (sync) handle.datasync = () => sync('file', really.datasync);
    if (sync) handle.sync = () => sync(isFile ? 'file' : 'folder', really.sync);
    return handle;
  });
}

describe('one line is one write', () => {
  test('jsonLineFile() - writes a line of three megabytes by one call', async () => {
    const writes: number[] = [];
    injectDisk({
      write: (bytes, really) => {
        writes.push(bytes.length);
        return really();
      },
    });
    const sink = jsonLineFile({ path });
    await sink(long(3_000_000), callOf());
    expect(writes).toEqual([content().length]);
    await sink.close?.();
  });

  test('jsonLineFile() - writes what is given at once by one call, as long as it is not too much', async () => {
    const writes: string[] = [];
    injectDisk({
      write: (bytes, really) => {
        writes.push(bytes.toString());
        return really();
      },
    });
    const sink = jsonLineFile({ path });
    const emissions = numbered(100);
    await Promise.all(give(sink, emissions));
    expect(writes).toEqual([linesOf(emissions)]);
    const large = [long(200_000), long(200_000)];
    await Promise.all(give(sink, large));
    expect(writes.slice(1)).toEqual(large.map((one) => linesOf([one])));
    await sink.close?.();
  });

  test('jsonLineFile() - a line that comes as the last one is answered is written too', async () => {
    const sink = jsonLineFile({ path });
    for (const emission of numbered(20)) await sink(emission, callOf());
    await sink.close?.();
    expect(content()).toBe(linesOf(numbered(20)));
  });
});

describe('when a line counts', () => {
  const events: string[] = [];
  beforeEach(() => {
    events.length = 0;
    injectDisk({
      write: async (bytes, really) => {
        const answer = await really();
        events.push(`written ${bytes.toString().split('\n').length - 1}`);
        return answer;
      },
      sync: async (what, really) => {
        await really();
        events.push(`synced ${what}`);
      },
    });
  });
  const acknowledged = (answers: Promise<unknown>[]): Promise<unknown> =>
    Promise.all(answers.map((answer) => answer.then(() => events.push('acknowledged'))));

  test("jsonLineFile() - 'line': each is written, synced and acknowledged before the next, and the folder synced first", async () => {
    const sink = jsonLineFile({ path, sync: 'line' });
    await acknowledged(give(sink, numbered(3)));
    const each = ['written 1', 'synced file', 'acknowledged'];
    expect(events).toEqual(['synced folder', ...each, ...each, ...each]);
    await sink.close?.();
  });

  test("jsonLineFile() - 'group': those that come in time share a sync, and none is acknowledged before it", async () => {
    const sink = jsonLineFile({ path, sync: 'group', groupMillis: 60_000 });
    const [first, ...others] = numbered(5) as [Emission, ...Emission[]];
    const answers = give(sink, [first]);
    await vi.waitFor(() => expect(events).toContain('written 1'));
    answers.push(...give(sink, others));
    await vi.waitFor(() => expect(events).toContain('written 4'));
    const all = acknowledged(answers);
    // It is closed before the group's time is over: that ends it.
    await sink.close?.();
    await all;
    expect(events).toEqual([
      'synced folder',
      'written 1',
      'written 4',
      'synced file',
      ...new Array(5).fill('acknowledged'),
    ]);
  });

  test("jsonLineFile() - 'group': ends when its time is over, and when as many are in it as the sink takes", async () => {
    const timed = jsonLineFile({ path, sync: 'group', groupMillis: 5 });
    await acknowledged(give(timed, numbered(2)));
    expect(events.filter((event) => event === 'synced file')).toHaveLength(1);
    await timed.close?.();
    const full = jsonLineFile({ path, sync: 'group', groupMillis: 60_000 });
    const answers = give(full, numbered(1025));
    await Promise.all(answers.slice(0, 1024));
    expect(events.filter((event) => event === 'synced file')).toHaveLength(2);
    await full.close?.();
    await answers[1024];
    expect(events.filter((event) => event === 'synced file')).toHaveLength(3);
  });

  test("jsonLineFile() - 'never': nothing is synced", async () => {
    const sink = jsonLineFile({ path });
    await acknowledged(give(sink, numbered(2)));
    await sink.close?.();
    expect(events).toEqual(['written 2', 'acknowledged', 'acknowledged']);
  });

  test('jsonLineFile() - folders that were made are synced up to the one that was there', async () => {
    const opened: unknown[] = [];
    vi.mocked(promises.open).mockImplementation((...args) => {
      opened.push(args[0]);
      return real.open(...args);
    });
    const deep = join(folder, 'a', 'b', 'events.jsonl');
    const sink = jsonLineFile({ path: deep, sync: 'line' });
    await sink(emissionOf(), callOf());
    await sink.close?.();
    expect(opened).toEqual([deep, join(folder, 'a', 'b'), join(folder, 'a'), folder]);
  });
});

describe("a file with sync 'group' that is flushed", () => {
  const options = (): JsonLineFileOptions => ({ path, sync: 'group', groupMillis: 60_000 });

  test('flush() - has lines wait for no others that are not written yet', async () => {
    const sink = jsonLineFile(options());
    const answer = sink(emissionOf(), callOf());
    sink.flush?.();
    await answer;
    await sink.close?.();
  });

  test('flush() - has lines wait for no others that are being written', async () => {
    const sink = jsonLineFile(options());
    vi.mocked(promises.open).mockImplementation(async (...args) => {
      const handle = await real.open(...args);
      const write = handle.write.bind(handle);
      handle.write = (async (...given: Parameters<typeof write>) => {
        sink.flush?.();
        return write(...given);
      }) as never;
      return handle;
    });
    await sink(emissionOf(), callOf());
    await sink.close?.();
  });

  test('flush() - has lines wait for no others that are in the file, and those that come later wait again', async () => {
    const sink = jsonLineFile(options());
    const [first, second] = numbered(2) as [Emission, Emission];
    const answer = sink(first, callOf());
    await vi.waitFor(() => expect(content()).toBe(linesOf([first])));
    sink.flush?.();
    await answer;
    let isOver = false;
    const later = Promise.resolve(sink(second, callOf())).then(() => {
      isOver = true;
    });
    await vi.waitFor(() => expect(content()).toBe(linesOf([first, second])));
    await settle();
    expect(isOver).toBe(false);
    await sink.close?.();
    await later;
  });

  test('forceFlush() - delivers what is in the file, and does not wait for its deadline', async () => {
    const connection = connectionOf();
    const port = connectSink(jsonLineFile(options()), {}, connection);
    for (const emission of numbered(3)) port.accept?.(emission);
    await port.forceFlush?.(deadline());
    expect(connection.sinkAccount.counts()).toMatchObject({ delivered: 3, failed: 0, queued: 0 });
    await port.shutdown(deadline());
  });
});

describe('a disk that fails', () => {
  const counts = async (options: JsonLineFileOptions, emissions: readonly Emission[]): Promise<object> => {
    const connection = connectionOf();
    const port = connectSink(jsonLineFile(options), {}, connection);
    for (const emission of emissions) {
      port.accept?.(emission);
      await port.forceFlush?.(deadline());
    }
    await port.shutdown(deadline());
    return connection.sinkAccount.counts();
  };

  test.each(['EMFILE', 'ENFILE', 'EROFS', 'EACCES', 'EIO', 'ENOSPC'])(
    'jsonLineFile() - a file that can not be opened (%s) fails each line once, until it can',
    async (code) => {
      let opens = 0;
      vi.mocked(promises.open).mockImplementation((...args) =>
        ++opens <= 2 ? Promise.reject(error(code)) : real.open(...args),
      );
      const emissions = numbered(5);
      expect(await counts({ path }, emissions)).toMatchObject({
        routed: 5,
        failed: 2,
        delivered: 3,
        queued: 0,
      });
      expect(content()).toBe(linesOf(emissions.slice(2)));
    },
  );

  test.each(['EIO', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'])(
    'jsonLineFile() - a file that takes no line (%s) fails each once, until it does',
    async (code) => {
      let writes = 0;
      injectDisk({ write: (_, really) => (++writes <= 2 ? Promise.reject(error(code)) : really()) });
      const emissions = numbered(5);
      expect(await counts({ path, sync: 'line' }, emissions)).toMatchObject({
        routed: 5,
        failed: 2,
        delivered: 3,
        queued: 0,
      });
      expect(content()).toBe(linesOf(emissions.slice(2)));
    },
  );

  test('jsonLineFile() - a folder that can not be synced fails the lines, until it can', async () => {
    let syncs = 0;
    injectDisk({
      sync: (what, really) => (what === 'folder' && ++syncs === 1 ? Promise.reject(error('EIO')) : really()),
    });
    const emissions = numbered(2);
    expect(await counts({ path, sync: 'line' }, emissions)).toMatchObject({ failed: 1, delivered: 1 });
    expect(content()).toBe(linesOf(emissions.slice(1)));
  });

  test('jsonLineFile() - a folder that is removed again and again is made again, and no line is lost but with it', async () => {
    const sink = jsonLineFile({ path: join(folder, 'logs', 'events.jsonl'), sync: 'line' });
    for (const emission of numbered(5)) {
      await sink(emission, callOf());
      expect(content(join(folder, 'logs', 'events.jsonl'))).toBe(linesOf([emission]));
      rmSync(join(folder, 'logs'), { recursive: true });
    }
    await sink.close?.();
  });

  test('jsonLineFile() - a sync that fails fails its group, each line once, and the next are on a file opened anew', async () => {
    let syncs = 0;
    injectDisk({
      sync: (what, really) => (what === 'file' && ++syncs === 1 ? Promise.reject(error('EIO')) : really()),
    });
    const sink = jsonLineFile({ path, sync: 'group', groupMillis: 1 });
    const outcomes = await Promise.allSettled(give(sink, numbered(3)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    const opens = vi.mocked(promises.open).mock.calls.filter(([file]) => file === path).length;
    await Promise.all(give(sink, numbered(2)));
    expect(vi.mocked(promises.open).mock.calls.filter(([file]) => file === path)).toHaveLength(opens + 1);
    await sink.close?.();
  });

  test('jsonLineFile() - of lines that are written together only those fail that the disk does not take', async () => {
    injectDisk({
      write: (bytes, really) => (bytes.length > 10_000 ? Promise.reject(error('EFBIG')) : really()),
    });
    const sink = jsonLineFile({ path });
    const emissions = [...numbered(2), long(20_000), ...numbered(2)];
    const outcomes = await Promise.allSettled(give(sink, emissions));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(content()).toBe(linesOf([...numbered(2), ...numbered(2)]));
    await sink.close?.();
  });

  test('jsonLineFile() - a line of which the disk took a part is ended, and written again whole; twice, and it fails', async () => {
    let parts = 1;
    injectDisk({
      write: async (bytes, really) => {
        if (parts-- <= 0) return really();
        appendFileSync(path, bytes.subarray(0, 5));
        return { bytesWritten: 5 };
      },
    });
    const sink = jsonLineFile({ path });
    const [one] = numbered(1) as [Emission];
    await sink(one, callOf());
    const line = linesOf([one]);
    expect(content()).toBe(`${line.slice(0, 5)}\n${line}`);
    parts = 2;
    await expect(sink(one, callOf())).rejects.toThrow('only a part of the line, twice');
    await sink(one, callOf());
    expect(
      content()
        .split('\n')
        .filter((text) => text === line.trim()),
    ).toHaveLength(2);
    await sink.close?.();
  });

  test.runIf(existsSync('/dev/full'))('jsonLineFile() - a full disk fails each line once', async () => {
    const sink = jsonLineFile({ path: '/dev/full' });
    const outcomes = await Promise.allSettled(give(sink, numbered(10)));
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : ''))).toEqual(
      new Array(10).fill('ENOSPC'),
    );
    await sink.close?.();
  });
});

describe('beside other processes', () => {
  /** Does something between two writes of the sink, as another process may at any time. */
  function beforeWrite(nth: number, other: () => void): void {
    let writes = 0;
    injectDisk({
      write: (_, really) => {
        if (++writes === nth) other();
        return really();
      },
    });
  }
  const [first, second, third] = numbered(3) as [Emission, Emission, Emission];

  test.runIf(existsSync('/proc/self/fdinfo'))(
    'jsonLineFile() - a line that came behind one that another process left torn is written again',
    async () => {
      beforeWrite(2, () => appendFileSync(path, 'theirs\n{"torn":'));
      const sink = jsonLineFile({ path });
      await sink(first, callOf());
      await Promise.all(give(sink, [second, third]));
      expect(content()).toBe(
        `${linesOf([first])}theirs\n{"torn":${linesOf([second, third])}${linesOf([second])}`,
      );
      await sink.close?.();
    },
  );

  test.runIf(existsSync('/proc/self/fdinfo'))(
    'jsonLineFile() - where torn lines come each time, a line is written three times at most, and is whole then',
    async () => {
      let writes = 0;
      injectDisk({
        write: (_, really) => {
          writes++;
          appendFileSync(path, '{"torn":');
          return really();
        },
      });
      const sink = jsonLineFile({ path });
      await sink(first, callOf());
      await sink(second, callOf());
      expect(writes).toBe(6);
      const whole = content()
        .split('\n')
        .filter((line) => line.startsWith('{"time"'));
      expect(whole).toEqual([first, second].map((one) => jsonLine(one)));
      await sink.close?.();
    },
  );

  test('jsonLineFile() - a line behind whole lines of another process is written once', async () => {
    beforeWrite(2, () => appendFileSync(path, 'theirs\n'.repeat(20)));
    const sink = jsonLineFile({ path });
    await sink(first, callOf());
    await sink(second, callOf());
    expect(content()).toBe(`${linesOf([first])}${'theirs\n'.repeat(20)}${linesOf([second])}`);
    await sink.close?.();
  });

  test('jsonLineFile() - a line that went to a file which was removed is written again', async () => {
    beforeWrite(2, () => unlinkSync(path));
    const sink = jsonLineFile({ path });
    await sink(first, callOf());
    await sink(second, callOf());
    await sink.close?.();
    expect(content()).toBe(linesOf([second]));
  });

  test('jsonLineFile() - a line that went to a file which was just rotated stays there, and the next begins the new one', async () => {
    const archive = `${path}.000001`;
    beforeWrite(2, () => renameSync(path, archive));
    const sink = jsonLineFile({ path });
    for (const emission of [first, second, third]) await sink(emission, callOf());
    await sink.close?.();
    expect(content(archive)).toBe(linesOf([first, second]));
    expect(content()).toBe(linesOf([third]));
  });

  test.each([
    ['', (archive: string) => appendFileSync(archive, SEAL)],
    [
      ', and compressed',
      (archive: string) => {
        appendFileSync(archive, SEAL);
        unlinkSync(archive);
      },
    ],
  ])(
    'jsonLineFile() - a line that came too late for an archive which was sealed%s is written to the new file',
    async (_, seal) => {
      const archive = `${path}.000001`;
      beforeWrite(2, () => {
        renameSync(path, archive);
        appendFileSync(archive, 'theirs\n');
        seal(archive);
      });
      const sink = jsonLineFile({ path });
      for (const emission of [first, second]) await sink(emission, callOf());
      await sink.close?.();
      expect(content()).toBe(linesOf([second]));
    },
  );

  test('jsonLineFile() - a line that was in time for an archive which is compressed by now is not written again', async () => {
    const archive = `${path}.000001`;
    const written = waiting();
    let writes = 0;
    injectDisk({
      write: async (_, really) => {
        const answer = await really();
        if (++writes === 2) {
          renameSync(path, archive);
          appendFileSync(archive, SEAL);
          unlinkSync(archive);
          written.resolve();
        }
        return answer;
      },
    });
    const sink = jsonLineFile({ path });
    for (const emission of [first, second]) await sink(emission, callOf());
    await written.promise;
    await sink.close?.();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('jsonLineFile() - a file that was cut off goes on from its beginning', async () => {
    const sink = jsonLineFile({ path });
    await sink(first, callOf());
    writeFileSync(path, '');
    await sink(second, callOf());
    await sink(third, callOf());
    await sink.close?.();
    expect(content()).toBe(linesOf([second, third]));
  });
});
