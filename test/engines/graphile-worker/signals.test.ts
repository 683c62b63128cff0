import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Rig, TASK, until } from './rig.js';

const rig = new Rig();
const SCRIPT = new URL('./stopping-worker.ts', import.meta.url).pathname;

test.each([
  ['the engine’s own handlers end the process', 'engine', { signal: 'SIGTERM' }],
  ['the app stops the runner, shuts the box down and exits', 'own', { code: 0 }],
])('SIGTERM - %s: the end of the job and of its worker have left', async (_, handlers, end) => {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, rig.url, TASK, handlers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  rig.later(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const closed = once(child, 'close');
  await until('the job runs', () => output.includes('running'));
  child.kill('SIGTERM');
  const [code, signal] = await closed;
  expect({ code, signal }).toMatchObject(end);
  const told = output.split('\n');
  for (const name of ['worker.started', 'job.started', 'job.completed', 'worker.stopped'])
    expect(told).toContain(name);
});
