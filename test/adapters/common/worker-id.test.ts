import { once } from 'node:events';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { workerId } from '../../../src/adapters/common/worker-id.js';

const SOURCE = new URL('../../../src/adapters/common/worker-id.ts', import.meta.url).href;

/** What is after the host: of hosts with a dash in their name too. */
function rest(id: string): string {
  expect(id.startsWith(`${hostname()}-${process.pid}`), id).toBe(true);
  return id.slice(`${hostname()}-${process.pid}`.length);
}

describe('workerId()', () => {
  test('workerId() - counts the workers of the process, whatever copy of the package asks', async () => {
    const copy = (await import(`${SOURCE}?copy`)) as { workerId: () => string };
    expect(copy.workerId).not.toBe(workerId);
    const numbers = [workerId(), copy.workerId(), workerId()].map((id) => Number(rest(id).split('-')[1]));
    expect(numbers).toEqual([1, 2, 3]);
  });

  test('workerId() - of another thread is none of this one: both count from one', async () => {
    const script = `
      require('tsx/cjs');
      const { workerId } = require(${JSON.stringify(fileURLToPath(SOURCE))});
      require('node:worker_threads').parentPort.postMessage(workerId());
    `;
    const thread = new Worker(script, { eval: true });
    const [id] = (await once(thread, 'message')) as [string];
    const { threadId } = thread;
    await thread.terminate();
    expect(rest(id)).toBe(`.${threadId}-1`);
  });
});
