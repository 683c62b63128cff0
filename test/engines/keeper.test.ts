import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const OWNER = fileURLToPath(new URL('server-owner.ts', import.meta.url));
const PATIENCE = { timeout: 20_000, interval: 50 };

const owners: ChildProcess[] = [];
/** What the servers make their folders in. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-keeper-'));
  // PostgreSQL does not run as root, and has to come by.
  chmodSync(folder, 0o755);
});

afterEach(() => {
  for (const owner of owners.splice(0)) owner.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const folders = (): string[] => readdirSync(folder).filter((name) => name.startsWith('job-queue-'));

/** A process in a group of its own that has a server. Ctrl-C does not end it. */
async function startOwner(program: string): Promise<{ owner: ChildProcess; group: number; url: string }> {
  const owner = fork(OWNER, [program], {
    detached: true,
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, TMPDIR: folder },
  });
  owners.push(owner);
  const [url] = (await once(owner, 'message')) as [string];
  if (owner.pid === undefined) throw new Error('the owner has no process id');
  return { owner, group: -owner.pid, url };
}

function answers(url: string): Promise<boolean> {
  const { hostname: host, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) }, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe.each(['redis', 'postgres'] as const)('a %s that the example has started', (program) => {
  test(`keepServer() - ${program} lives through a Ctrl-C, and ends with its owner, though that is killed`, async () => {
    const { owner, group, url } = await startOwner(program);
    expect(folders()).toHaveLength(1);

    process.kill(group, 'SIGINT');
    await once(owner, 'message');
    expect(await answers(url)).toBe(true);

    owner.kill('SIGKILL');
    await vi.waitUntil(async () => !(await answers(url)), PATIENCE);
    await vi.waitUntil(() => folders().length === 0, PATIENCE);
  });

  test(`keepServer() - ${program} ends when it is stopped, also when it is stopped twice`, async () => {
    const { owner, url } = await startOwner(program);
    expect(await answers(url)).toBe(true);
    owner.send('stop');
    expect((await once(owner, 'message'))[0]).toBe('stopped');
    expect(await answers(url)).toBe(false);
    expect(folders()).toEqual([]);
  });
});
