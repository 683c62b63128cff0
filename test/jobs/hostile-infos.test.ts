import { createSignalbox } from 'signalbox';
import { createJobs, JOB_COMPLETED, JOB_QUEUED, JOB_STARTED, QUEUE_BACKLOG } from 'signalbox/jobs';
import { recorder } from 'signalbox/testing';
import { afterEach, expect, test } from 'vitest';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

/** Throws, whatever is read of it. */
const hostile = (...keys: string[]): never =>
  Object.defineProperties(
    {},
    Object.fromEntries(
      keys.map((key) => [
        key,
        {
          enumerable: true,
          get() {
            throw new Error(`no ${key}`);
          },
        },
      ]),
    ),
  ) as never;
const revoked = (): never => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as never;
};
const infos = (...keys: string[]): readonly (readonly [string, never])[] => [
  ['null', null as never],
  ['undefined', undefined as never],
  ['a getter that throws', hostile(...keys)],
  ['a revoked proxy', revoked()],
];

test.each(infos('endedAt', 'reason', 'abandoned', 'delayMillis'))(
  'settling an attempt - %s as information throws nothing, and the span ends once',
  async (_, info) => {
    const otel = startOtel();
    const queue = createJobs(createSignalbox()).queue('q');
    const attempt = () => queue.attempt({ job: { id: '1' }, worker: 'w' });
    attempt().completed(info);
    attempt().failed(new Error('x'), { retry: true }, info);
    attempt().deferred(info);
    attempt().lost(info);
    expect(otel.spans().map(({ attributes }) => attributes['job.attempt.outcome'])).toEqual([
      'completed',
      'failed',
      'deferred',
      'lost',
    ]);
  },
);

test.each(infos('id', 'queueSize', 'error', 'endedAt', 'span'))(
  'an enqueue - %s as information throws nothing, and the span ends once',
  (_, info) => {
    const otel = startOtel();
    const queue = createJobs(createSignalbox()).queue('q');
    queue.enqueue({ id: '1' }, info).accepted(info);
    queue.enqueue({ id: '2' }).rejected('invalid', info);
    queue.enqueue({ id: '3' }).duplicate(info);
    queue.enqueue(info).accepted();
    expect(otel.spans()).toHaveLength(4);
  },
);

test.each(infos('priority', 'id', 'carrier', 'reason', 'worker', 'attempts'))(
  'a queue - %s as a job or as information throws nothing',
  (_, info) => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    const queue = createJobs(box).queue('q');
    for (const job of [info, { id: '1' }]) {
      queue.queued(job, info);
      queue.completed(job, info);
      queue.revived(job, info);
      queue.abandoned(job, info);
      queue.stalled(job, info);
    }
    expect(queue.batch(info, info).run(() => 'ran')).toBe('ran');
    expect(seen.emissions()).toHaveLength(10);
    seen.assertEmitted(JOB_QUEUED, { job_id: '1' });
  },
);

test('a monitor that was stopped - tells nothing more', async () => {
  const seen = recorder();
  const queue = createJobs(createSignalbox({ destinations: { seen } })).queue('q', { capacity: 10 });
  const monitor = queue.monitor({ depth: () => ({ waiting: 10 }) });
  monitor.stop();
  monitor.size(10);
  await monitor.check();
  seen.assertNotEmitted(QUEUE_BACKLOG);
  expect(seen.emissions()).toEqual([]);
});

test("docs/your-own-queue.md - a retry's wait is since its delay was over, and its end has a turnaround", async () => {
  const seen = recorder();
  const queue = createJobs(createSignalbox({ destinations: { seen } })).queue('mail', { types: ['welcome'] });
  const enqueue = queue.enqueue({ id: '1', type: 'welcome', maxAttempts: 3 });
  const storedAt = queue.now();
  enqueue.accepted();
  const work = (attempt: number, handler: () => void) =>
    queue.process(
      {
        job: { id: '1', type: 'welcome', maxAttempts: 3 },
        carrier: enqueue.carrier,
        number: attempt,
        firstRunnableAt: storedAt,
        runnableAt: attempt === 1 ? storedAt : undefined,
      },
      handler,
      () => ({ retry: true, delayMillis: 0 }),
    );
  await expect(
    work(1, () => {
      const until = performance.now() + 30;
      while (performance.now() < until);
      throw new Error('once');
    }),
  ).rejects.toThrow('once');
  await work(2, () => {});
  const second = seen.emissions(JOB_STARTED)[1]?.fields.wait as number;
  const turnaround = seen.emissions(JOB_COMPLETED)[0]?.fields.turnaround as number;
  expect(second).toBeGreaterThanOrEqual(0);
  // The first attempt's 30 ms are in the turnaround, and not in the second's wait.
  expect(turnaround - second).toBeGreaterThanOrEqual(30);
});
