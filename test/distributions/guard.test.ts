import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const GUARD = fileURLToPath(new URL('scenario/guard.cjs', import.meta.url));
// Reserved for documentation: leads nowhere, should the guard fail.
const AWAY = '192.0.2.1';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-guard-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a program prints with the guard loaded, and what it was refused. */
async function guarded(
  code: string,
): Promise<{ readonly told: string; readonly refused: readonly string[] }> {
  const file = join(folder, 'refused.jsonl');
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
    env: { NODE_OPTIONS: `--require ${GUARD}`, DISTRIBUTION_REFUSED: file },
    timeout: 20_000,
  });
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return {
    told: stdout.trim(),
    refused: lines.map((line) => (JSON.parse(line) as { where: string }).where),
  };
}

const CONNECTS = `const code = "import('node:net').then((n) => n.connect(443, '${AWAY}').on('error', (e) => console.log(e.code)))";`;

const inAWorker = (options: string): string => `
  import { Worker } from 'node:worker_threads';
  ${CONNECTS}
  new Worker(code, { eval: true, ${options} });`;

const inAChild = (call: string, options: string): string => `
  import * as all from 'node:child_process';
  ${CONNECTS}
  all.${call}(process.execPath, ['--eval', code], { stdio: 'inherit', ${options} });`;

describe('the guard of the distributions', () => {
  test.each([
    [
      'net',
      `import net from 'node:net'; net.connect(443, '${AWAY}').on('error', (e) => console.log(e.code));`,
    ],
    [
      'tls',
      `import tls from 'node:tls'; tls.connect(443, '${AWAY}').on('error', (e) => console.log(e.code));`,
    ],
    [
      'https',
      `import https from 'node:https'; https.get('https://${AWAY}').on('error', (e) => console.log(e.code));`,
    ],
    ['fetch', `await fetch('http://${AWAY}').catch((e) => console.log(e.cause.code));`],
    [
      'a datagram',
      `import dgram from 'node:dgram';
       const socket = dgram.createSocket('udp4');
       socket.send('hello', 53, '${AWAY}', (e) => { console.log(e.code); socket.close(); });`,
    ],
    ['a worker thread', inAWorker('')],
    ['a worker thread with an environment of its own', inAWorker('env: {}, execArgv: []')],
    ['a child process', inAChild('spawn', '')],
    ['a child process with an environment of its own', inAChild('spawn', 'env: {}')],
    ['a child process that is waited for', inAChild('spawnSync', '')],
    [
      'a child process that is waited for, with an environment of its own',
      inAChild('execFileSync', 'env: {}'),
    ],
  ])('%s to another machine is refused, and written down', async (_, code) => {
    const { told, refused } = await guarded(code);
    expect(told).toBe('ECONNREFUSED');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain(AWAY);
  });

  test.each([
    [
      'net',
      `import net from 'node:net'; net.connect(443, 'vendor.invalid').on('error', (e) => console.log(e.code));`,
    ],
    [
      'dns',
      `import { resolve4 } from 'node:dns/promises'; await resolve4('vendor.invalid').catch((e) => console.log(e.code));`,
    ],
    [
      'a resolver',
      `import { Resolver } from 'node:dns'; new Resolver().resolveTxt('vendor.invalid', (e) => console.log(e.code));`,
    ],
  ])('%s - the name of another machine is asked of no server', async (_, code) => {
    const { told, refused } = await guarded(code);
    expect(told).toBe('ECONNREFUSED');
    expect(refused[0]).toContain('vendor.invalid');
  });

  test.each(['127.0.0.1', 'localhost'])('%s is connected to', async (host) => {
    const server = createServer((socket) => socket.end('hello')).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { told, refused } = await guarded(
      `import net from 'node:net'; net.connect(${port}, '${host}').on('data', (data) => console.log(String(data)));`,
    );
    server.close();
    expect(told).toBe('hello');
    expect(refused).toEqual([]);
  });
});
