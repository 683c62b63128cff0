import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hang, pass, turn, useFakeTime, useRealTime } from './fake-time.js';
import { createRig } from './rig.js';

const run = promisify(execFile);
/** How many timers are held, when those that the exporters use for an instant are gone. */
async function timers(): Promise<number> {
  await pass(1);
  return vi.getTimerCount();
}

const IDLE_WORKERS = fileURLToPath(new URL('processes/idle-workers.ts', import.meta.url));

describe('21. Idle workers hold no ref’d timer that keeps the process alive after shutdown', () => {
  test.each([['--shutdown'], ['--no-shutdown']])(
    'a process whose jobs are done ends by itself (%s)',
    async (flag) => {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', IDLE_WORKERS, flag], {
        timeout: 25_000,
      });
      expect(stdout).toBe('job ran\n');
    },
  );

  describe('by the timers that are held, beside the one of the health checks', () => {
    beforeEach(useFakeTime);
    afterEach(useRealTime);
    const HEALTH_CHECKS = 1;

    test('a queue with nothing to do holds none', async () => {
      const rig = createRig({ workers: 3 });
      expect(await timers()).toBe(HEALTH_CHECKS);
      await rig.queue.shutdown();
      expect(await timers()).toBe(0);
    });

    test('delayed jobs hold one while the queue is started and not shut down', async () => {
      const rig = createRig({ start: false });
      rig.add('delayed-1', { delayMillis: 60_000 });
      rig.add('delayed-2', { delayMillis: 30_000 });
      expect(await timers()).toBe(HEALTH_CHECKS);
      rig.queue.start();
      expect(await timers()).toBe(HEALTH_CHECKS + 1);
      await rig.queue.shutdown();
      expect(await timers()).toBe(0);
    });

    test('a job that waits for its retry holds one until it is cancelled', async () => {
      const rig = createRig({ timeoutMillis: 60_000 });
      rig.add('failing', {}, () => Promise.reject(new Error('no')));
      await turn();
      expect(rig.queue.counts()).toMatchObject({ delayed: 1 });
      expect(await timers()).toBe(HEALTH_CHECKS + 1);
      rig.queue.cancel('failing');
      expect(await timers()).toBe(HEALTH_CHECKS);
    });

    test('a shutdown that came to its deadline holds none', async () => {
      const rig = createRig({ timeoutMillis: 60_000 });
      rig.add('hanging', {}, hang);
      await turn();
      const done = rig.queue.shutdown({ timeoutMillis: 100 });
      await pass(100);
      await done;
      expect(await timers()).toBe(0);
    });
  });
});
