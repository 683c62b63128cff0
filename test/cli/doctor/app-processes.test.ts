import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Waiting } from '../../../src/cli/doctor/app-processes.js';
import { allTold, endLeft } from '../../../src/cli/doctor/app-processes.js';
import { isPackageManager } from '../../../src/cli/doctor/facts.js';

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-processes-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function begins(pid: number): void {
  writeFileSync(join(folder, `${pid}.begun`), '');
}

function tells(pid: number, script: string): void {
  writeFileSync(join(folder, `${pid}.running`), JSON.stringify({ pid, script }));
}

/** A clock that stands still but in pauses. In each of them so much time passes, and something happens. */
function passing(
  steps: readonly (readonly [millis: number, happens?: () => void])[],
): Waiting & { left(): number } {
  const left = [...steps];
  let time = 0;
  return {
    now: () => time,
    pause: async (millis) => {
      const [passes, happens] = left.shift() ?? [millis];
      time += passes;
      happens?.();
    },
    left: () => left.length,
  };
}

describe('allTold()', () => {
  test('allTold() - gives an app that a package manager starts late its whole time', async () => {
    begins(process.ppid);
    tells(process.ppid, '/usr/lib/npm-cli.js');
    const waiting = passing([
      [17_900, () => begins(process.pid)],
      // Past the time that the package manager had, and within the app's.
      [10_000],
      [5_000, () => tells(process.pid, '/app/app.js')],
    ]);
    await allTold({ folder, seconds: 10 }, () => false, waiting);
    expect(waiting.left()).toBe(0);
    expect(waiting.now()).toBe(32_900);
  });

  test('allTold() - gives up on an app that never comes, and on one that never tells', async () => {
    begins(process.ppid);
    tells(process.ppid, '/usr/lib/npm-cli.js');
    const never = passing([]);
    await allTold({ folder, seconds: 1 }, () => false, never);
    expect(never.now()).toBe(9_000);
    const silent = passing([[1_000, () => begins(process.pid)]]);
    await allTold({ folder, seconds: 1 }, () => false, silent);
    expect(silent.now()).toBe(10_000);
  });

  test('allTold() - waits no longer once the app has told, or where all have ended without a word', async () => {
    begins(process.ppid);
    tells(process.ppid, '/app/app.js');
    const told = passing([]);
    await allTold({ folder, seconds: 10 }, () => false, told);
    expect(told.now()).toBe(0);
    rmSync(join(folder, `${process.ppid}.begun`));
    rmSync(join(folder, `${process.ppid}.running`));
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    begins(child.pid as number);
    await allTold({ folder, seconds: 10 }, () => false, told);
    expect(told.now()).toBe(0);
  });
});

test('endLeft() - ends a process too that begins after all others have ended', async () => {
  const late = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' });
  started.push(late);
  const ended = once(late, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await once(late, 'spawn');
  await endLeft(folder, passing([[100], [100, () => begins(late.pid as number)]]));
  expect((await ended)[1]).toMatch(/^SIG(TERM|KILL)$/);
});

test.each([
  ['/usr/lib/node_modules/npm/bin/npm-cli.js', true],
  ['/app/.yarn/releases/yarn-4.1.0.cjs', true],
  ['C:\\nodejs\\pnpm.cjs', true],
  ['/usr/bin/npx', true],
  ['/app/npm-stats.js', false],
  ['/app/yarn/index.js', false],
])('isPackageManager() - %s: %s', (script, is) => {
  expect(isPackageManager({ script })).toBe(is);
});
