import { describe, expect, test } from 'vitest';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();

/** Fails in one process, and runs again in another. */
async function overTwoProcesses(attemptLinks: 'memory' | 'persist', opts = {}): Promise<void> {
  const queue = rig.queue();
  const failed = rig.failsOnce(new Error('not yet'), rig.process({ attemptLinks }).jobs);
  await queue.add('welcome', SECRET, { attempts: 3, backoff: 100, ...opts });
  await failed;
  rig.worker(async () => undefined, {}, rig.process({ attemptLinks }).jobs);
  await rig.told('job.completed');
}

describe('attemptLinks', () => {
  test("'memory' - an attempt that ran in another process is not linked to, and the wait is not known", async () => {
    await overTwoProcesses('memory');
    const [, second] = rig.attempts();
    expect(second?.links).toEqual([]);
    expect(second?.attributes).not.toHaveProperty('job.wait.duration');
  });

  test("'persist' - it is, with its number, and the wait is from when the retry could run", async () => {
    await overTwoProcesses('persist');
    const [first, second] = rig.attempts();
    expect(second?.links).toMatchObject([
      {
        context: { spanId: first?.spanContext().spanId },
        attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 },
      },
    ]);
    const wait = Number(second?.attributes['job.wait.duration']);
    const between = Number(
      (second?.startTime[0] ?? 0) -
        (first?.endTime[0] ?? 0) +
        ((second?.startTime[1] ?? 0) - (first?.endTime[1] ?? 0)) / 1e9,
    );
    expect(Math.abs(between - 0.1 - wait)).toBeLessThan(0.02);
  });

  test("'persist' - where the backoff is random, the wait is left out", async () => {
    await overTwoProcesses('persist', { backoff: { type: 'fixed', delay: 800, jitter: 0.5 } });
    const [, second] = rig.attempts();
    expect(second?.links).toHaveLength(1);
    expect(second?.attributes).not.toHaveProperty('job.wait.duration');
  });

  test("'persist' - one line of the stack traces is ours while a retry may come, and none when the job has ended", async () => {
    const queue = rig.queue();
    const lines: number[] = [];
    rig.worker(
      async (job) => {
        lines.push(job.stacktrace?.filter((line) => line.startsWith('signalbox ')).length ?? 0);
        throw new Error('no');
      },
      {},
      rig.process({ attemptLinks: 'persist' }).jobs,
    );
    const { id } = await queue.add('welcome', SECRET, { attempts: 3 });
    await rig.told('job.abandoned');
    expect(lines).toEqual([0, 1, 1]);
    const stored = await queue.getJob(id ?? '');
    expect(stored?.stacktrace).toHaveLength(3);
    expect(stored?.stacktrace?.filter((line) => !line.startsWith('Error: no'))).toEqual([]);
  });

  test('two processes that take turns - what one remembers of an older attempt is no longer the attempt before', async () => {
    const queue = rig.queue();
    const [a, b] = [rig.process().jobs, rig.process().jobs];
    await queue.add('welcome', SECRET, { attempts: 4, backoff: 50 });
    for (const jobs of [a, b, a]) await rig.failsOnce(new Error('not yet'), jobs);
    const third = rig.attempts()[2];
    expect(third?.attributes['job.attempt.number']).toBe(3);
    expect(third?.links).toEqual([]);
    expect(third?.attributes).not.toHaveProperty('job.wait.duration');
  });

  test("relation 'link' - an attempt is a trace of its own, linked to its enqueue", async () => {
    const { jobs } = rig.process({ relation: 'link' });
    const queue = rig.queue({}, jobs);
    rig.worker(async () => undefined, {}, jobs);
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    const [span] = rig.attempts();
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.links).toMatchObject([
      {
        context: { spanId: rig.enqueues()[0]?.spanContext().spanId },
        attributes: { 'link.reason': 'enqueued_by' },
      },
    ]);
  });
});
