import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.js';
import type { KeptServer } from './keeper.js';

const START_MILLIS = 10_000;

/** A `redis-server` of this machine on a free loopback port, which keeps nothing on disk. */
export async function startRedisServer(): Promise<KeptServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'job-queue-redis-'));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', [...args, '--dir', folder], { stdio: 'ignore' });
  let over = '';
  server.once('error', ({ message }) => (over = message));
  server.once('exit', (code) => (over = `redis-server ended with ${code}`));
  const stop = async (): Promise<void> => {
    if (over === '') {
      const gone = once(server, 'exit');
      server.kill();
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (const until = Date.now() + START_MILLIS; !(await answers(port)); await wait(20)) {
    if (over === '' && Date.now() < until) continue;
    const problem = over || `redis-server does not answer within ${START_MILLIS} ms`;
    await stop();
    throw new Error(problem);
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'));
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('data', (text) => end(String(text).startsWith('+PONG')));
    socket.once('error', () => end(false));
  });
}
