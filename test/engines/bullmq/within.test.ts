import { trace } from '@opentelemetry/api';
import * as bullmq from 'bullmq';
import { Job, Worker } from 'bullmq';
import { observeClasses, within } from 'signalbox/bullmq';
import { describe, expect, test } from 'vitest';
import type { Mail } from './rig.js';
import { gate, Rig, SECRET, until } from './rig.js';

const rig = new Rig();
const TOKEN = 'by-hand';

const activeSpan = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId;

/** Workers that the app asks for their jobs, by each way in which they can be observed. */
const FORMS: Readonly<Record<string, () => Worker<Mail, unknown>>> = {
  'by hand': () => rig.jobs.worker(Worker, rig.name, null, options()),
  'by its class': () => new (rig.jobs.classes(bullmq).Worker)<Mail>(rig.name, null, options()),
  'by its prototype': () => {
    rig.later(observeClasses(rig.box, { Worker }, { types: ['welcome'] }));
    return new Worker<Mail>(rig.name, null, options());
  },
};

function options(): bullmq.WorkerOptions {
  return { connection: rig.connection, drainDelay: 1 };
}

function asked(form = 'by hand'): Worker<Mail, unknown> {
  const worker = FORMS[form]?.() as Worker<Mail, unknown>;
  worker.on('error', () => undefined);
  rig.later(() => worker.close());
  return worker;
}

async function next(worker: Worker<Mail, unknown>): Promise<Job<Mail>> {
  const job = await worker.getNextJob(TOKEN);
  if (!job) throw new Error('there is none');
  return job;
}

describe('within()', () => {
  test.each(Object.keys(FORMS))(
    'within() - of a worker observed %s, what the app does for a job is in its attempt',
    async (form) => {
      const queue = rig.queue();
      const worker = asked(form);
      await queue.add('welcome', SECRET);
      const job = await next(worker);
      const inside = await within(job, async () => {
        await Promise.resolve();
        return activeSpan();
      });
      await job.moveToCompleted('done', TOKEN, false);
      expect(rig.attempts().map((span) => span.spanContext().spanId)).toEqual([inside]);
      expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.completed']);
      expect(await within(job, activeSpan)).toBeUndefined();
    },
  );

  test('within() - its end is not that of the attempt, which counts as running until it is settled', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    await within(job, activeSpan);
    const endedAt = performance.now();
    expect(await states()).toEqual([1, 1]);
    await until(() => performance.now() - endedAt > 10);
    await job.moveToCompleted('done', TOKEN, false);
    expect(Number(rig.records('job.completed')[0]?.['job.duration'])).toBeGreaterThan(0.01);
    expect(await states()).toEqual([0, 0]);

    async function states(): Promise<unknown> {
      const workers = await rig.otel.points('worker.count');
      const active = await rig.otel.points('job.active');
      return [workers.find(({ labels }) => labels['worker.state'] === 'busy')?.value, active[0]?.value];
    }
  });

  test('within() - returns what the function returns, and throws what it throws, with an attempt and without', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    const elsewhere = { id: 'none', queueQualifiedName: 'none' };
    for (const one of [job, elsewhere]) {
      expect(await within(one, () => 7)).toBe(7);
      expect(await within(one, async () => 'late')).toBe('late');
      await expect(within(one, () => Promise.reject(new TypeError('no')))).rejects.toThrow(TypeError);
      await expect(
        within(one, () => {
          throw new RangeError('at once');
        }),
      ).rejects.toThrow(RangeError);
    }
    expect(outcomes()).toEqual([]);
  });

  test('within() - what is no job at all has no attempt, and its function runs once', async () => {
    asked();
    const hostile = Object.defineProperty({}, 'id', {
      get: () => {
        throw new Error('no id');
      },
    });
    for (const none of [undefined, null, 'a', {}, hostile]) {
      let runs = 0;
      expect(await within(none as never, () => ++runs)).toBe(1);
    }
  });

  test('within() - a query that begins when it is awaited runs in the attempt', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    // biome-ignore lint/suspicious/noThenProperty: what query builders return is a thenable and no promise
    const query = { then: (done: (span: string | undefined) => void) => done(activeSpan()) };
    const inside = await within(job, () => query as PromiseLike<string | undefined>);
    await job.moveToCompleted('done', TOKEN, false);
    expect(inside).toBe(rig.attempts()[0]?.spanContext().spanId);
  });

  test('within() - a job that came with the end of another, and one by its id, are found', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.addBulk([1, 2].map(() => ({ name: 'welcome', data: SECRET })));
    const first = await next(worker);
    const [data, id] = (await first.moveToCompleted('done', TOKEN, true)) as unknown as [never, string];
    const second = Job.fromJSON(worker, data, id);
    const found = [
      await within(second, activeSpan),
      await within({ id, queueQualifiedName: worker.qualifiedName }, activeSpan),
    ];
    await second.moveToCompleted('done', TOKEN, false);
    const span = rig.attempts()[1]?.spanContext().spanId;
    expect(found).toEqual([span, span]);
  });

  test('within() - a job whose lock ran out is still in its trace, until it is settled', async () => {
    const queue = rig.queue();
    const worker = rig.jobs.worker<Mail>(Worker, rig.name, null, { ...options(), lockDuration: 100 });
    rig.later(() => worker.close());
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    await job.extendLock(TOKEN, 60);
    await until(() => rig.attempts().length === 1);
    expect(await within(job, activeSpan)).toBe(rig.attempts()[0]?.spanContext().spanId);
  });

  test('within() - in a processor it is the attempt that runs, and does not end it', async () => {
    const queue = rig.queue();
    const go = gate();
    const seen: (string | undefined)[] = [];
    rig.worker(async (job) => {
      seen.push(activeSpan(), await within(job, activeSpan));
      await go.opened;
    });
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await until(() => seen.length === 2);
    expect((await rig.otel.points('job.active'))[0]?.value).toBe(1);
    go.open();
    await rig.told('job.completed');
    expect(seen[1]).toBe(seen[0]);
  });
});

function outcomes(): unknown[] {
  return rig.attempts().map(({ attributes }) => attributes['job.attempt.outcome']);
}
