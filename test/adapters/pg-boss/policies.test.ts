import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

// A queue keeps one job in each state: where one waits for its retry, the next one that fails has no place to wait.
const STATELY = { policy: 'stately', retryLimit: 3, retryDelay: 60 } as const;

/** Two jobs of which the first waits for its retry, and the second has just been sent. */
async function secondOf(queue: string): Promise<string> {
  await rig.boss.send(queue, {});
  const [first] = await rig.boss.fetch(queue);
  await rig.boss.fail(queue, first?.id ?? '');
  return (await rig.boss.send(queue, {})) ?? '';
}

function told(queue: string, id: string): (string | undefined)[] {
  return rig
    .records(queue)
    .filter(({ attributes }) => attributes['job.id'] === id)
    .map(({ eventName }) => eventName);
}

const ABANDONED = ['job.queued', 'job.started', 'job.failed', 'job.abandoned'];

describe('a queue with a policy', () => {
  test.each([false, true])(
    'work() - where the place of its retry is taken, a failed job has its end, as in the table (backoff %s)',
    async (retryBackoff) => {
      const queue = await rig.newQueue({ ...STATELY, retryBackoff });
      await rig.boss.work(queue, QUICK, async () => {
        throw new RangeError('no route');
      });
      const first = (await rig.boss.send(queue, {})) ?? '';
      await until('retry', () => rig.records(queue, 'job.retrying')[0]);
      const second = (await rig.boss.send(queue, {})) ?? '';
      await until('failure', () => rig.records(queue, 'job.failed')[1]);
      await rig.boss.offWork(queue);
      expect((await rig.row(queue, first)).state).toBe('retry');
      expect((await rig.row(queue, second)).state).toBe('failed');
      expect(told(queue, first)).toEqual(['job.queued', 'job.started', 'job.failed', 'job.retrying']);
      expect(told(queue, second)).toEqual(ABANDONED);
      expect(rig.records(queue, 'job.failed')[1]?.attributes['job.will_retry']).toBe(false);
      expect(rig.records(queue, 'job.abandoned')[0]?.attributes).toMatchObject({
        'job.abandon.reason': 'queue_full',
        'job.attempts': 1,
        'error.type': 'RangeError',
      });
      const [, span] = rig.spans(queue, 'process');
      expect(span?.attributes['job.abandon.reason']).toBe('queue_full');
    },
  );

  test('work() - it has its end so by a time limit, too', async () => {
    const queue = await rig.newQueue({ ...STATELY, expireInSeconds: 1 });
    const id = await secondOf(queue);
    let finish: (() => void) | undefined;
    await rig.boss.work(queue, QUICK, () => new Promise<void>((resolve) => (finish = resolve)));
    await until('end', () => rig.records(queue, 'job.failed')[0]);
    finish?.();
    await rig.boss.offWork(queue);
    expect((await rig.row(queue, id)).state).toBe('failed');
    expect(told(queue, id).slice(0, 4)).toEqual(ABANDONED);
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes).toMatchObject({
      'job.abandon.reason': 'queue_full',
      'error.type': 'timeout',
    });
  });

  test('stop() - it has its end so by a shutdown that does not wait, too', async () => {
    const queue = await rig.newQueue(STATELY);
    const id = await secondOf(queue);
    const boss = rig.observed();
    await boss.start();
    let release: (() => void) | undefined;
    await boss.work(queue, QUICK, () => new Promise<void>((resolve) => (release = resolve)));
    await until('start', () => rig.records(queue, 'job.started')[0]);
    await boss.stop({ timeout: 1000, close: false });
    release?.();
    expect((await rig.row(queue, id)).state).toBe('failed');
    expect(told(queue, id)).toEqual(ABANDONED);
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes).toMatchObject({
      'job.abandon.reason': 'queue_full',
      'error.type': 'shutdown',
    });
  });

  test('fail() - a fetched job ends so, and the reason is not that it had no attempts left', async () => {
    const queue = await rig.newQueue(STATELY);
    const id = await secondOf(queue);
    await rig.boss.fetch(queue);
    await rig.boss.fail(queue, id);
    expect((await rig.row(queue, id)).state).toBe('failed');
    await rig.told();
    expect(told(queue, id)).toEqual(['job.queued', 'job.started', 'job.failed', 'job.abandoned']);
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes['job.abandon.reason']).toBe('queue_full');
  });

  test('work() - in its last attempt a job ends for that reason, whatever its place', async () => {
    const queue = await rig.newQueue({ ...STATELY, retryLimit: 0 });
    await rig.boss.work(queue, QUICK, async () => {
      throw new Error('no');
    });
    await rig.boss.send(queue, {});
    await until('end', () => rig.records(queue, 'job.abandoned')[0]);
    await rig.boss.offWork(queue);
    expect(rig.records(queue, 'job.abandoned')[0]?.attributes['job.abandon.reason']).toBe('max_attempts');
  });
});
