import { fileURLToPath } from 'node:url';
import { SpanStatusCode } from '@opentelemetry/api';
import type { WorkerOptions } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { Rig, SECRET, until } from './rig.js';

const rig = new Rig();
const PLAIN = fileURLToPath(new URL('./processors/plain.mjs', import.meta.url));
/** Runs `observed.ts` from its source. */
const OBSERVED = fileURLToPath(new URL('./processors/observed.mjs', import.meta.url));

interface Told {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly pid: number;
  readonly aborted?: boolean;
}

describe.each([
  ['a process', { useWorkerThreads: false }],
  ['a thread', { useWorkerThreads: true }],
] as const)('sandboxed in %s', (_, where) => {
  const options: Partial<WorkerOptions> = { ...where, lockDuration: 5000 };

  /** What the child saw of an attempt. */
  async function resultOf(id: string | undefined): Promise<Told> {
    return (await rig.rawQueue().getJob(id ?? ''))?.returnvalue as Told;
  }

  test('sandboxed() - the child is in the context of its attempt; Redis keeps that of the enqueue', async () => {
    const queue = rig.queue();
    rig.worker(OBSERVED, options);
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    const [span] = rig.attempts();
    const told = await resultOf(id);
    expect(told).toMatchObject({ ...idsOf(span), aborted: false });
    expect(told.pid === process.pid).toBe(where.useWorkerThreads);
    expect(span?.parentSpanContext?.spanId).toBe(rig.enqueues()[0]?.spanContext().spanId);
    const stored = await rig.rawQueue().getJob(id ?? '');
    expect(stored?.opts.telemetry?.metadata).toContain(rig.enqueues()[0]?.spanContext().spanId);
    expect(await rig.everything()).not.toMatch(/secret/);
  });

  test('sandboxed() - each attempt has its own context, and links to the one before', async () => {
    const queue = rig.queue();
    rig.worker(OBSERVED, options);
    const { id } = await queue.add('retry', SECRET, { attempts: 2 });
    await rig.told('job.completed');
    const [failed, completed] = rig.attempts();
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'not yet' });
    expect(completed?.links).toMatchObject([{ context: idsOf(failed) }]);
    expect(await resultOf(id)).toMatchObject(idsOf(completed));
  });

  test('a start that the child put back is deferred when it is', async () => {
    const queue = rig.queue();
    rig.worker(OBSERVED, options);
    await queue.add('later', SECRET);
    await rig.told('job.completed');
    expect(rig.story()).toEqual([
      'job.queued',
      'job.started',
      'job.deferred',
      'job.started',
      'job.completed',
    ]);
    expect(rig.records('job.deferred')).toMatchObject([{ 'job.defer.reason': 'delayed' }]);
    expect(rig.attempts()[1]?.attributes['job.attempt.number']).toBe(1);
  });

  test('a child that asks to wait for children that it has not goes on: nothing is deferred', async () => {
    const queue = rig.queue();
    rig.worker(OBSERVED, options);
    await queue.add('children', SECRET);
    await rig.told('job.completed');
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.completed']);
  });

  test('a child that crashed fails its attempt; the span lasts as long as the child', async () => {
    const queue = rig.queue();
    rig.worker(PLAIN, options);
    await queue.add('crash', SECRET);
    await rig.told('job.abandoned');
    const [span] = rig.attempts();
    expect(span?.attributes['job.attempt.outcome']).toBe('failed');
    expect(span?.status.message).toMatch(/exit code/i);
  });

  test('an UnrecoverableError of the child ends the job for good; its errors keep their names', async () => {
    const queue = rig.queue();
    rig.worker(PLAIN, options);
    await queue.add('never', SECRET, { attempts: 5 });
    await queue.add('fail', SECRET);
    await rig.told('job.abandoned', 2);
    expect(rig.records('job.abandoned')).toMatchObject([
      { 'job.abandon.reason': 'not_retryable', 'error.type': 'UnrecoverableError' },
      { 'job.abandon.reason': 'max_attempts', 'error.type': 'Error' },
    ]);
  });

  test('the results, events and stored jobs are those of a worker that nobody observes', async () => {
    const seen = await Promise.all(
      [rig.worker(PLAIN, options), rig.rawWorker(PLAIN, options, `${rig.name}-raw`)].map(async (worker) => {
        const queue = rig.rawQueue({}, worker.name);
        const events: string[] = [];
        for (const event of ['active', 'completed', 'failed'] as const)
          worker.on(event, () => events.push(event));
        const good = await queue.add('welcome', SECRET);
        const bad = await queue.add('fail', SECRET);
        await until(() => events.length === 4, 'both have ended');
        const jobs = await Promise.all([good, bad].map(({ id }) => queue.getJob(id ?? '')));
        return [
          events,
          jobs.map((job) => [job?.returnvalue, job?.failedReason, job?.opts, job?.attemptsMade]),
        ];
      }),
    );
    expect(seen[0]).toEqual(seen[1]);
  });

  test('a parent whose child failed ends without being started', async () => {
    const queue = rig.queue();
    const { job } = await rig.flows().add({
      name: 'welcome',
      queueName: rig.name,
      children: [{ name: 'fail', queueName: rig.name, opts: { failParentOnFailure: true } }],
    });
    rig.worker(PLAIN, options);
    await rig.told('job.abandoned', 2);
    expect(await queue.getFailedCount()).toBe(2);
    const end = rig.records('job.abandoned').find((record) => record['job.id'] === job.id);
    expect(end).toMatchObject({ 'job.abandon.reason': 'parent_failed' });
    expect(rig.attempts()).toHaveLength(1);
  });

  test('close() - waits for the child, and its attempt is told', async () => {
    const queue = rig.queue();
    const worker = rig.worker(PLAIN, options);
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await worker.close();
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.completed']);
  });
});

function idsOf(span: ReturnType<Rig['attempts']>[number] | undefined): { traceId?: string; spanId?: string } {
  const { traceId, spanId } = span?.spanContext() ?? {};
  return { ...(traceId ? { traceId } : {}), ...(spanId ? { spanId } : {}) };
}
