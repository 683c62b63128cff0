import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { realFiles } from '../../src/audit/file-system.js';
import type { Life } from '../../src/audit/process-life.js';
import { livesOn, ownLife } from '../../src/audit/process-life.js';
import { WriterLock } from '../../src/audit/writer-lock.js';
import { Folder } from './helpers.js';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = new Folder();
  path = folder.file('audit.jsonl.lock');
});
afterEach(() => {
  vi.useRealTimers();
  folder.remove();
});

const lockOf = (): WriterLock => new WriterLock(realFiles, path);
const held = (life: Partial<Life>): void => writeFileSync(path, JSON.stringify({ ...ownLife(), ...life }));
const touchedBefore = (millis: number): void => {
  const at = new Date(Date.now() - millis);
  utimesSync(path, at, at);
};

/** The number of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'close');
  return child.pid as number;
}

describe('the lock of a writer', () => {
  test('the lock of a writer - is held until it is let go, and then can be taken again', () => {
    const [one, other] = [lockOf(), lockOf()];
    expect(one.take()).toBe(undefined);
    expect(one.take()).toBe(undefined);
    expect(String(other.take())).toBe(`this process, ${process.pid}`);
    other.release();
    expect(existsSync(path)).toBe(true);
    one.release();
    expect(existsSync(path)).toBe(false);
    expect(other.take()).toBe(undefined);
    other.release();
  });

  test('the lock of a writer - of a process that has ended is taken over', async () => {
    held({ pid: await endedPid(), start: '12345' });
    const lock = lockOf();
    expect(lock.take()).toBe(undefined);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(ownLife());
    expect(existsSync(`${path}.turn`)).toBe(false);
    lock.release();
  });

  test.runIf(ownLife().start !== undefined)(
    'the lock of a writer - of a process whose number another has now is taken over',
    () => {
      held({ start: '1' });
      const lock = lockOf();
      expect(lock.take()).toBe(undefined);
      lock.release();
    },
  );

  test.runIf(ownLife().start !== undefined)(
    'a life - of a process that has ended and that nobody has waited for is over',
    async () => {
      // The shell's child ends; the shell became `sleep`, which waits for nobody.
      const shell = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [pid] = (await once(shell.stdout, 'data')) as [Buffer];
      const life = { ...ownLife(), pid: Number(pid.toString()) };
      const isZombie = (): boolean => / Z /.test(readFileSync(`/proc/${life.pid}/stat`, 'utf8'));
      while (!isZombie()) await new Promise(setImmediate);
      expect(livesOn(life)).toBe('no');
      shell.kill('SIGKILL');
      await once(shell, 'close');
    },
  );

  test.each([
    [
      'of another container or machine',
      { host: 'elsewhere', space: 'another boot pid:[1]' },
      ' on elsewhere',
    ],
    ['of another thread', { thread: 7 }, ' (thread 7)'],
  ])('the lock of a writer - %s is believed for as long as it is touched', (_, life, said) => {
    held(life);
    const lock = lockOf();
    expect(String(lock.take())).toContain(`${process.pid}${said}`);
    touchedBefore(9_000);
    expect(lock.take()).not.toBe(undefined);
    touchedBefore(11_000);
    expect(lock.take()).toBe(undefined);
    lock.release();
  });

  test('the lock of a writer - is touched while it is held', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const lock = lockOf();
    lock.take();
    touchedBefore(60_000);
    vi.advanceTimersByTime(2_000);
    expect(Date.now() - (realFiles.stat(path)?.mtimeMillis ?? 0)).toBeLessThan(50_000);
    lock.release();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the lock of a writer - that is somebody else’s now is not let go, and not held any more', () => {
    const lock = lockOf();
    lock.take();
    held({ thread: 3 });
    expect(String(lock.take())).toContain('(thread 3)');
    lock.release();
    expect(existsSync(path)).toBe(true);
  });

  test('the lock of a writer - that was never written is nobody’s', () => {
    writeFileSync(path, '');
    const lock = lockOf();
    expect(lock.take()).toBe(undefined);
    lock.release();
  });

  test('the lock of a writer - is taken over by one of those who would', async () => {
    held({ pid: await endedPid(), start: '12345' });
    writeFileSync(`${path}.turn`, JSON.stringify(ownLife()));
    const lock = lockOf();
    expect(String(lock.take())).toBe('a process that has not said its name');
    // One that ended as it took over is in nobody's way for long.
    const at = new Date(Date.now() - 11_000);
    utimesSync(`${path}.turn`, at, at);
    expect(lock.take()).toBe(undefined);
    lock.release();
  });
});
