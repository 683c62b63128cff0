import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.js';
import type { FileSystem } from '../../src/audit/file-system.js';
import { realFiles } from '../../src/audit/file-system.js';
import { slotOf } from '../../src/audit/head-record.js';
import type { Signer } from '../../src/audit/signature.js';
import { hmacSigner } from '../../src/audit/signature.js';
import type { Trail } from '../../src/audit/trail.js';
import type { Emission } from '../../src/emission/emission.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import { numbered, waiting } from '../delivery/helpers.js';
import {
  closedTrailAt,
  Folder,
  gapsIn,
  KEYS,
  linesOf,
  messagesIn,
  problemsOf,
  SIGNER,
  trailAt,
  verified,
} from './helpers.js';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = new Folder();
  path = folder.file();
});
afterEach(() => folder.remove());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const append = (trail: { append(one: Emission): Promise<void> }, n: number): Promise<unknown> =>
  Promise.all(numbered(n).map((one) => trail.append(one)));
const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe('a trail', () => {
  test('a trail - is canonical JSON with a number and the hash of the line before', async () => {
    const { trail } = trailAt(path);
    const emissions = numbered(3);
    for (const one of emissions) await trail.append(one);
    await trail.close();
    const lines = folder.text().split('\n');
    expect(lines.pop()).toBe('');
    let prev = '0'.repeat(64);
    for (const [i, line] of lines.entries()) {
      const read = JSON.parse(line);
      expect(canonicalJson(read)).toBe(line);
      expect(read).toEqual({
        audit: 1,
        emission: JSON.parse(jsonLine(emissions[i] as Emission)),
        prev,
        seq: i + 1,
      });
      prev = sha256(line);
    }
    expect(await verified([path])).toMatchObject({
      problems: [],
      chains: [{ lines: 3, gaps: { total: 0 }, behind: 0, end: { seq: 3, hash: prev } }],
    });
  });

  test('a trail - signs each line and its head where it has a key', async () => {
    const { trail } = trailAt(path, { signer: SIGNER });
    await append(trail, 3);
    await trail.close();
    for (const line of folder.text().trim().split('\n')) {
      const { sig, ...rest } = JSON.parse(line);
      expect(rest.key).toBe('test');
      expect(SIGNER.verifies(canonicalJson(rest), sig)).toBe(true);
    }
    expect(await problemsOf([path], KEYS)).toEqual([]);
  });

  test('a trail - goes on with the chain when it is opened again', async () => {
    for (let i = 0; i < 3; i++) {
      const { trail, told } = trailAt(path);
      await append(trail, 2);
      await trail.close();
      expect(told).toEqual([]);
    }
    expect(linesOf(folder.text()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await problemsOf([path])).toEqual([]);
  });

  test('a trail - writes those that come together as one group, and no line is told before its head is synced', async () => {
    const events: string[] = [];
    const paths = new Map<number, string>();
    const name = (fd: number): string => (paths.get(fd)?.endsWith('.head') ? 'head' : 'file');
    const files: FileSystem = {
      ...realFiles,
      open: (opened, flags, mode) => {
        const fd = realFiles.open(opened, flags, mode);
        paths.set(fd, opened);
        return fd;
      },
      write: async (fd, bytes, at) => {
        events.push(`write ${name(fd)}`);
        return realFiles.write(fd, bytes, at);
      },
      sync: async (fd) => {
        await realFiles.sync(fd);
        events.push(`synced ${name(fd)}`);
      },
    };
    const { trail } = trailAt(path, { files });
    const told = (i: number) => (): number => events.push(`told ${i}`);
    const emissions = numbered(6);
    const first = emissions.slice(0, 3).map((one, i) => trail.append(one).then(told(i)));
    await Promise.all(first);
    const second = emissions.slice(3).map((one, i) => trail.append(one).then(told(i + 3)));
    await Promise.all(second);
    await trail.close();
    const group = ['write file', 'synced file', 'write head', 'synced head'];
    expect(events).toEqual([...group, 'told 0', 'told 1', 'told 2', ...group, 'told 3', 'told 4', 'told 5']);
  });

  test.each(['write file', 'sync file', 'write head', 'sync head'])(
    'a trail - acknowledges nothing where it fails to %s, and says so in a line of its own',
    async (step) => {
      let failing = false;
      const heads = new Set<number>();
      const on = (what: string, fd: number): void => {
        if (failing && step === `${what} ${heads.has(fd) ? 'head' : 'file'}`) throw failure('EIO');
      };
      const files: FileSystem = {
        ...realFiles,
        open: (opened, flags, mode) => {
          const fd = realFiles.open(opened, flags, mode);
          heads[opened.endsWith('.head') ? 'add' : 'delete'](fd);
          return fd;
        },
        write: async (fd, bytes, at) => {
          // The disk takes a part before it fails.
          if (failing) await realFiles.write(fd, bytes.subarray(0, 100), at);
          on('write', fd);
          return realFiles.write(fd, bytes, at);
        },
        sync: async (fd) => {
          on('sync', fd);
          return realFiles.sync(fd);
        },
      };
      const { trail } = trailAt(path, { files });
      await append(trail, 2);
      failing = true;
      const outcomes = await Promise.allSettled(numbered(3).map((one) => trail.append(one)));
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      failing = false;
      await append(trail, 1);
      await trail.close();
      const isThere = step.endsWith('head');
      expect(gapsIn(folder.text())).toEqual(
        isThere ? [] : [{ reason: 'not_written', count: 3, time: expect.any(String) }],
      );
      expect(messagesIn(folder.text())).toEqual(['0', '1', ...(isThere ? ['0', '1', '2'] : []), '0']);
      expect(await problemsOf([path])).toEqual([]);
    },
  );

  test('a trail - tells what was dropped before it came', async () => {
    const { trail } = trailAt(path);
    trail.lost('queue_full', 3);
    trail.lost('queue_bytes', 1);
    await append(trail, 1);
    trail.lost('queue_full', 2);
    await trail.close();
    expect(gapsIn(folder.text())).toMatchObject([
      { reason: 'dropped', count: 4, by: { queue_full: 3, queue_bytes: 1 } },
      { reason: 'dropped', count: 2, by: { queue_full: 2 } },
    ]);
    expect(await problemsOf([path])).toEqual([]);
  });
});

describe('a trail whose file was moved, cut or written to', () => {
  test('a trail - goes on in a new file where its own was moved away, and in both it is whole', async () => {
    const { trail } = trailAt(path);
    await append(trail, 2);
    renameSync(path, folder.file('older.jsonl'));
    await append(trail, 2);
    await trail.close();
    expect(await problemsOf([folder.file('older.jsonl'), path])).toEqual([]);
    expect(await problemsOf([path])).toEqual([
      expect.stringMatching(/^audit.jsonl:1: .*lines 1 to 2 are missing/),
    ]);
  });

  test('a trail - goes on where its file or its folder was removed, and what is gone is found', async () => {
    const { trail } = trailAt(path);
    await append(trail, 2);
    rmSync(folder.path, { recursive: true });
    await append(trail, 1);
    rmSync(path);
    await append(trail, 1);
    await trail.close();
    expect(messagesIn(folder.text())).toEqual(['0']);
    expect(await problemsOf([path])).toEqual([expect.stringContaining('lines 1 to')]);
  });

  test('a trail - takes out what somebody else wrote behind it, and says so', async () => {
    const { trail, told } = trailAt(path);
    await append(trail, 1);
    writeFileSync(
      path,
      `${folder.text()}not ours, and longer than any line that there is${'.'.repeat(1000)}`,
    );
    await append(trail, 1);
    await trail.close();
    expect(gapsIn(folder.text())).toMatchObject([{ reason: 'foreign_bytes', bytes: 1048 }]);
    expect(told).toEqual([expect.stringContaining('somebody else wrote 1048 bytes')]);
    expect(await problemsOf([path])).toEqual([]);
  });

  test.each(['while it is written', 'before the next start'])(
    'a trail - that was cut %s is put aside, and what is cut off is found for good',
    async (when) => {
      let { trail } = trailAt(path);
      await append(trail, 4);
      const whole = folder.text();
      const cut = whole.split('\n').slice(0, 2).join('\n').length + 1;
      if (when === 'before the next start') await trail.close();
      truncateSync(path, cut);
      if (when === 'before the next start') {
        expect(await problemsOf([path])).toEqual([
          'audit.jsonl: it ends with line 2, and its head file says 4: lines 3 to 4 are cut off',
        ]);
        trail = trailAt(path).trail;
      }
      await append(trail, 1);
      await trail.close();
      expect(folder.text('audit.jsonl.1')).toBe(whole.slice(0, cut));
      expect(gapsIn(folder.text())).toMatchObject([
        { reason: 'set_aside', why: 'cut_or_changed', file: 'audit.jsonl.1' },
      ]);
      expect(await problemsOf([folder.file('audit.jsonl.1'), path])).toEqual([
        expect.stringMatching(/^audit.jsonl:1: its number is 5: lines 3 to 4 are missing/),
      ]);
    },
  );

  test('a trail - begins anew where the file at its path is none, which is kept', async () => {
    writeFileSync(path, '{"time":"2026-01-01","signal":"OLD"}\n');
    const { trail, told } = trailAt(path);
    await append(trail, 1);
    await trail.close();
    expect(folder.text('audit.jsonl.aside-1')).toBe('{"time":"2026-01-01","signal":"OLD"}\n');
    expect(told).toEqual([
      expect.stringContaining('was no audit trail: it is called audit.jsonl.aside-1 now'),
    ]);
    expect(await problemsOf([path])).toEqual([]);
  });

  test.each([
    ['removed', (): void => rmSync(folder.file('audit.jsonl.head')), 'missing'],
    ['emptied', (): void => truncateSync(folder.file('audit.jsonl.head')), 'missing'],
    ['cut', (): void => truncateSync(folder.file('audit.jsonl.head'), 700), 'damaged'],
    ['overwritten', (): void => writeFileSync(folder.file('audit.jsonl.head'), 'x'.repeat(1024)), 'damaged'],
  ])('a trail - whose head file was %s goes on behind its last line, and says so', async (_, change, was) => {
    const { trail } = trailAt(path);
    await append(trail, 3);
    await trail.close();
    change();
    const again = trailAt(path).trail;
    await append(again, 1);
    await again.close();
    expect(gapsIn(folder.text())).toMatchObject([{ reason: 'head', was }]);
    expect(linesOf(folder.text()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(await problemsOf([path])).toEqual([
      expect.stringMatching(
        /^audit.jsonl:4: its head file was missing or damaged when the trail went on here/,
      ),
    ]);
  });
});

describe('a head that the key of the trail did not sign', () => {
  const OLD = hmacSigner('old', 'o'.repeat(32));

  /** Cuts a trail behind one of its lines, and makes the head say so, signed with whatever there is. */
  function cutWithHead(lines: number, signer: Signer | undefined): void {
    const kept = folder.text().split('\n').slice(0, lines);
    const last = kept.at(-1) as string;
    const to = Buffer.byteLength(`${kept.join('\n')}\n`);
    const place = { seq: lines, hash: sha256(last), from: to - Buffer.byteLength(last) - 1, to };
    truncateSync(path, to);
    const slots = [100, 101].map((count) => slotOf({ ...place, count }, signer));
    writeFileSync(folder.file('audit.jsonl.head'), Buffer.concat(slots));
  }

  test.each([
    ['unsigned', undefined],
    ['signed with another key', hmacSigner('evil', 'e'.repeat(32))],
    ['signed with another key that has the same name', hmacSigner('test', 'e'.repeat(32))],
  ])('a head that is %s and names a line that is signed counts as damaged', async (_, forger) => {
    const { trail } = trailAt(path, { signer: SIGNER });
    await append(trail, 6);
    await trail.close();
    cutWithHead(3, forger);
    const again = trailAt(path, { signer: SIGNER }).trail;
    await append(again, 2);
    await again.close();
    expect(gapsIn(folder.text())).toMatchObject([{ reason: 'head', was: 'damaged' }]);
    expect(linesOf(folder.text()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await problemsOf([path], KEYS)).toEqual([expect.stringMatching(/^audit.jsonl:4: its head file/)]);
  });

  test('a head that is unsigned and names a line that is not there counts as damaged', async () => {
    const { trail } = trailAt(path, { signer: SIGNER });
    await append(trail, 6);
    await trail.close();
    cutWithHead(3, undefined);
    renameSync(path, folder.file('elsewhere'));
    const again = trailAt(path, { signer: SIGNER }).trail;
    await append(again, 1);
    await again.close();
    expect(gapsIn(folder.text())).toMatchObject([{ reason: 'head', was: 'damaged' }]);
    expect(linesOf(folder.text()).map(({ seq }) => seq)).toEqual([4, 5]);
  });

  test.each([
    ['none', undefined],
    ['another', OLD],
  ])('a head from when the key was %s is as good as the line that it names', async (_, before) => {
    const rotation = { maxLines: 2 };
    for (const [i, signer] of [before, SIGNER, OLD].entries()) {
      const { trail, told } = trailAt(path, { signer, rotation });
      await append(trail, 2);
      await trail.close();
      expect(told).toEqual([]);
      // Put aside, and nothing has been written since.
      if (i === 0) renameSync(path, `${path}.1`);
    }
    expect(gapsIn(folder.text())).toEqual([]);
  });
});

/** Nothing is cut off from power here: what a process wrote is there when it is killed. */
const FAST: FileSystem = { ...realFiles, sync: async () => {}, syncNow: () => {}, syncFolder: () => {} };

// Some hundred trails each, with files of their own: on a machine that is busy otherwise it takes its time.
describe('a crash', { timeout: 180_000 }, () => {
  const KEY = [
    ['unsigned', undefined],
    ['signed', SIGNER],
  ] as const;

  test.each(KEY)(
    'a crash - at any byte of a group of a trail that is %s is mended, and nothing acknowledged is lost',
    async (_, signer) => {
      const { trail } = trailAt(path, { signer, files: FAST });
      await append(trail, 2);
      const acknowledged = readFileSync(path);
      const head = readFileSync(folder.file('audit.jsonl.head'));
      await append(trail, 2);
      await trail.close();
      const whole = readFileSync(path);
      // Where a line is signed changes nothing of it: a part of the bytes stands for all.
      const step = signer ? 7 : 1;
      for (let size = acknowledged.length; size <= whole.length; size += step) {
        writeFileSync(path, whole.subarray(0, size));
        writeFileSync(folder.file('audit.jsonl.head'), head);
        const before = await problemsOf([path], signer && KEYS);
        const isTorn = whole[size - 1] !== 0x0a;
        expect(before).toEqual(
          isTorn ? [expect.stringMatching(/ends with \d+ bytes that are no whole line/)] : [],
        );
        const again = trailAt(path, { signer, files: FAST });
        await append(again.trail, 1);
        await again.trail.close();
        const text = folder.text();
        expect(text.startsWith(acknowledged.toString())).toBe(true);
        expect(gapsIn(text).map(({ reason }) => reason)).toEqual(isTorn ? ['torn_tail'] : []);
        expect(again.told).toHaveLength(isTorn ? 1 : 0);
        expect(await problemsOf([path], signer && KEYS)).toEqual([]);
      }
    },
  );

  test('a crash - at any byte of the line that tells of a crash is mended and told too', async () => {
    const { trail } = trailAt(path, { files: FAST });
    await append(trail, 1);
    await trail.close();
    const acknowledged = readFileSync(path);
    const head = readFileSync(folder.file('audit.jsonl.head'));
    const torn = '{"audit":1,"emission":{"message":"torn';
    writeFileSync(path, acknowledged.toString() + torn);
    await trailAt(path, { files: FAST }).trail.close();
    const mended = readFileSync(path).subarray(acknowledged.length);
    for (let written = 1; written <= mended.length; written++) {
      // It is written over what was torn, and what is longer is cut off then.
      const over = Buffer.concat([mended.subarray(0, written), Buffer.from(torn).subarray(written)]);
      writeFileSync(path, Buffer.concat([acknowledged, over]));
      writeFileSync(folder.file('audit.jsonl.head'), head);
      const again = trailAt(path, { files: FAST });
      await append(again.trail, 1);
      await again.trail.close();
      expect(gapsIn(folder.text()).length).toBeGreaterThanOrEqual(1);
      expect(await problemsOf([path])).toEqual([]);
    }
  });

  test('a crash - at any byte of the head leaves the head before it, or is it', async () => {
    const { trail } = trailAt(path, { files: FAST });
    await append(trail, 1);
    const before = readFileSync(folder.file('audit.jsonl.head'));
    await append(trail, 1);
    await trail.close();
    const after = readFileSync(folder.file('audit.jsonl.head'));
    const [from] = [...before.keys()].filter((i) => before[i] !== after[i]);
    const slot = (from ?? 0) < 512 ? 0 : 512;
    const whole = folder.text();
    for (let written = 0; written <= 512; written += 7) {
      const torn = Buffer.from(before);
      after.copy(torn, slot, slot, slot + written);
      writeFileSync(folder.file('audit.jsonl.head'), torn);
      writeFileSync(path, whole);
      const again = trailAt(path, { files: FAST }).trail;
      await append(again, 1);
      await again.close();
      expect(folder.text().startsWith(whole)).toBe(true);
      // A disk writes a record whole or not at all: one that is torn may as well have been torn to hide that lines were cut off.
      const told = gapsIn(folder.text()).map(() =>
        expect.stringContaining('its head file was missing or damaged'),
      );
      expect(await problemsOf([path])).toEqual(told);
    }
  });
});

describe('rotation', () => {
  const chain = (n: number): string[] => [
    ...Array.from({ length: n }, (_, i) => folder.file(`audit.jsonl.${i + 1}`)),
    path,
  ];

  test.each([
    ['lines', { maxLines: 2 }],
    ['bytes', { maxBytes: 300 }],
    ['milliseconds', { everyMillis: 1 }],
  ])(
    'rotation - after so many %s begins a new file, and the chain goes on over all of them',
    async (_, rotation) => {
      const { trail } = trailAt(path, { rotation });
      for (let i = 0; i < 4; i++) {
        await append(trail, 2);
        const made = Date.now();
        while (Date.now() - made < 3) await new Promise(setImmediate);
      }
      await trail.close();
      expect(existsSync(folder.file('audit.jsonl.3'))).toBe(true);
      expect(existsSync(folder.file('audit.jsonl.4'))).toBe(false);
      const all = chain(3).reverse();
      expect(await verified(all)).toMatchObject({ problems: [], chains: [{ lines: 8 }] });
      const without = chain(3).filter((file) => !file.endsWith('.2'));
      expect(await problemsOf(without)).toEqual([
        expect.stringMatching(/^audit.jsonl.3:1: its number is 5: lines 3 to 4 are missing/),
      ]);
      const after = (await verified(all)).chains[0]?.checks[1]?.last;
      expect(await problemsOf(chain(3).slice(2), undefined, { after })).toEqual([]);
    },
  );

  test.each(['nothing is written', 'a part of a line is written', 'a group is written'])(
    'rotation - a crash behind it, when %s to the new file, is mended',
    async (what) => {
      const { trail } = trailAt(path, { rotation: { maxLines: 2 } });
      await append(trail, 2);
      const head = readFileSync(folder.file('audit.jsonl.head'));
      await append(trail, 2);
      await trail.close();
      const text = folder.text();
      if (what === 'nothing is written') rmSync(path);
      else if (what === 'a part of a line is written') writeFileSync(path, text.slice(0, 60));
      writeFileSync(folder.file('audit.jsonl.head'), head);
      const again = trailAt(path);
      await append(again.trail, 1);
      await again.trail.close();
      expect(gapsIn(folder.text()).map(({ reason }) => reason)).toEqual(
        what.includes('part') ? ['torn_tail'] : [],
      );
      expect(await problemsOf(chain(1))).toEqual([]);
    },
  );

  test('rotation - of a file with lines that its head does not name yet, and a crash behind it, loses no place', async () => {
    const { trail } = trailAt(path);
    await append(trail, 1);
    const head = readFileSync(folder.file('audit.jsonl.head'));
    await append(trail, 2);
    await trail.close();
    writeFileSync(folder.file('audit.jsonl.head'), head);
    // The next start puts the file aside, and ends before it makes another.
    const files: FileSystem = {
      ...realFiles,
      open: (opened, flags, mode) => {
        if (opened === path && !existsSync(path)) throw failure('EIO');
        return realFiles.open(opened, flags, mode);
      },
    };
    const killed = trailAt(path, { files, rotation: { maxLines: 1 } }).trail;
    await expect(append(killed, 1)).rejects.toThrow('EIO');
    killed.finish(undefined);
    expect(existsSync(path)).toBe(false);
    const again = trailAt(path).trail;
    await append(again, 1);
    await again.close();
    expect(await problemsOf(chain(1))).toEqual([]);
  });

  test('rotation - goes on in the full file where it can not be put aside', async () => {
    const files = {
      ...realFiles,
      rename: () => {
        throw failure('EACCES');
      },
    };
    const { trail, told } = trailAt(path, { rotation: { maxLines: 1 }, files });
    await append(trail, 1);
    await append(trail, 1);
    await trail.close();
    expect(told).toEqual([expect.stringContaining('could not be put aside')]);
    expect(await problemsOf([path])).toEqual([]);
  });
});

describe('a disk that fails once', () => {
  const emissions = numbered(6);

  /** Gives a trail six emissions, each when the one before has been answered. Tells what was acknowledged. */
  async function acknowledgedBy(trail: Trail): Promise<string[]> {
    const known: string[] = [];
    for (const one of emissions) {
      try {
        await trail.append(one);
        known.push(one.message);
      } catch {
        // Told as failed.
      }
    }
    await trail.close();
    return known;
  }

  /** The trail's files as they are now: each is read, the head too, and what was acknowledged is in them, once. */
  async function expectWhole(known: readonly string[]): Promise<void> {
    const files = [`${path}.1`, `${path}.2`, path].filter((file) => existsSync(file));
    expect(await problemsOf(files)).toEqual([]);
    expect(files.flatMap((file) => messagesIn(readFileSync(file, 'utf8')))).toEqual(known);
  }

  /** Real files that fail at one call of the trail's: each call in turn, until all have had theirs. */
  function failingAt(failAt: number): { readonly files: FileSystem; readonly hasFailed: () => boolean } {
    let calls = 0;
    const failing = new Set([
      'open',
      'writeNow',
      'syncNow',
      'syncFolder',
      'read',
      'truncate',
      'statOf',
      'rename',
    ]);
    const files = Object.fromEntries(
      Object.entries(realFiles).map(([name, call]) => [
        name,
        (...args: unknown[]) => {
          if (failing.has(name) && ++calls === failAt) throw failure('EIO');
          return (call as (...args: unknown[]) => unknown)(...args);
        },
      ]),
    ) as unknown as FileSystem;
    return { files, hasFailed: () => calls >= failAt };
  }

  test.each([
    ['a new trail', 0],
    ['a trail that goes on', 3],
    ['a trail that was put aside as full', -3],
  ])('a disk that fails once - at any call, leaves %s whole', async (_, before) => {
    let rounds = 0;
    for (let at = 1; at < 200; at++) {
      folder.remove();
      folder = new Folder();
      path = folder.file();
      const made = trailAt(path).trail;
      if (before !== 0) await append(made, Math.abs(before));
      await made.close();
      if (before === 0) rmSync(folder.file('audit.jsonl.head'));
      const old = before === 0 ? [] : messagesIn(folder.text());
      if (before < 0) renameSync(path, `${path}.1`);
      const { files, hasFailed } = failingAt(at);
      const known = await acknowledgedBy(closedTrailAt(path, { files, rotation: { maxLines: 4 } }).trail);
      if (!hasFailed()) break;
      await expectWhole([...old, ...known]);
      rounds++;
    }
    expect(rounds).toBeGreaterThan(10);
    expect(rounds).toBeLessThan(190);
  });

  test('a disk that fails once - as the file is put aside, leaves no hole in the next one', async () => {
    let armed = false;
    const files: FileSystem = {
      ...realFiles,
      rename: (from, to) => {
        realFiles.rename(from, to);
        armed = true;
      },
      syncFolder: (name) => {
        if (!armed) return realFiles.syncFolder(name);
        armed = false;
        throw failure('EIO');
      },
    };
    const known = await acknowledgedBy(trailAt(path, { files, rotation: { maxLines: 3 } }).trail);
    expect(known).toEqual(['0', '1', '2', '4', '5']);
    expect(gapsIn(folder.text())).toMatchObject([{ reason: 'not_written', count: 1 }]);
    await expectWhole(known);
  });

  test('a disk that fails once - behind a head that was mended, does not hide that it was', async () => {
    const { trail } = trailAt(path);
    await append(trail, 3);
    await trail.close();
    rmSync(folder.file('audit.jsonl.head'));
    let armed = false;
    const files: FileSystem = {
      ...realFiles,
      truncate: (fd, size) => {
        realFiles.truncate(fd, size);
        armed = true;
      },
      statOf: (fd) => {
        if (!armed) return realFiles.statOf(fd);
        armed = false;
        throw failure('EIO');
      },
    };
    await acknowledgedBy(closedTrailAt(path, { files }).trail);
    expect(gapsIn(folder.text())).toContainEqual(expect.objectContaining({ reason: 'head', was: 'missing' }));
  });
});

describe('the end of the process', () => {
  test.each(['write', 'sync', 'write of the head', 'sync of the head'])(
    'the end of the process - a group that is at its %s is ended, and all that waits is written behind it',
    async (step) => {
      const called = waiting();
      const late = waiting();
      let calls = 0;
      const at = { write: 0, sync: 0, 'write of the head': 1, 'sync of the head': 1 }[step];
      const stop = async (kind: string, real: () => Promise<unknown>): Promise<never> => {
        if (step.startsWith(kind) && calls++ === at) {
          called.resolve();
          await late.promise;
        }
        return (await real()) as never;
      };
      const files: FileSystem = {
        ...realFiles,
        write: (...args) => stop('write', () => realFiles.write(...args)),
        sync: (...args) => stop('sync', () => realFiles.sync(...args)),
      };
      const { trail } = trailAt(path, { files });
      const emissions = numbered(6);
      const given = emissions.slice(0, 4).map((one) => trail.append(one));
      await called.promise;
      expect(trail.finish(emissions[0])).toBe('delivered');
      expect(trail.finish(emissions[0])).toBe(undefined);
      const outcomes: string[] = [];
      trail.write(emissions.slice(4), (outcome) => outcomes.push(outcome));
      expect(outcomes).toEqual(['delivered', 'delivered']);
      const text = folder.text();
      expect(messagesIn(text)).toEqual(['0', '1', '2', '3', '4', '5']);
      expect(await problemsOf([path])).toEqual([]);
      // It was no end after all: what the other thread does late changes nothing.
      late.resolve();
      await Promise.all(given);
      await trail.close();
      expect(folder.text()).toBe(text);
      await append(trail, 1);
      await trail.close();
      expect(await problemsOf([path])).toEqual([]);
    },
  );

  test('the end of the process - that was none: the lock is taken again before more is written', async () => {
    const { trail } = trailAt(path);
    await append(trail, 1);
    trail.finish(undefined);
    expect(existsSync(`${path}.lock`)).toBe(false);
    await append(trail, 1);
    expect(existsSync(`${path}.lock`)).toBe(true);
    await trail.close();
    expect(await problemsOf([path])).toEqual([]);
  });

  test('the end of the process - a disk that takes nothing makes failures of what is left', async () => {
    let failing = false;
    const files: FileSystem = {
      ...realFiles,
      writeNow: (...args) => {
        if (failing) throw failure('ENOSPC');
        return realFiles.writeNow(...args);
      },
    };
    const broken = trailAt(path, { files }).trail;
    await append(broken, 1);
    failing = true;
    const outcomes: string[] = [];
    broken.write(numbered(2), (outcome) => outcomes.push(outcome));
    expect(outcomes).toEqual(['failed', 'failed']);
    expect(await problemsOf([path])).toEqual([]);
  });
});
