import { trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { noUnhandledRejections } from '../../promises/rejections.js';
import { Rig, SECRET, until } from './rig.js';

const rig = new Rig();
noUnhandledRejections();

/** Adds jobs, runs them, and gives what the app saw. */
async function work(): Promise<unknown> {
  const queue = rig.queue();
  const seen: string[] = [];
  const worker = rig.worker(async (job) => {
    if (job.name === 'fail') throw new Error('no');
    return `did ${job.name}`;
  });
  worker.on('completed', (job, result) => seen.push(`${job.name}: ${result}`));
  worker.on('failed', (job, error) => seen.push(`${job?.name}: ${error.message}`));
  await queue.add('welcome', SECRET);
  await queue.add('welcome', SECRET, { jobId: 'one' });
  await queue.addBulk([{ name: 'bulk', data: SECRET }]);
  await queue.add('fail', SECRET, { attempts: 2 });
  await until(() => seen.length === 5, 'all have ended');
  const waiting = await queue.add('welcome', SECRET, { delay: 60_000 });
  await queue.remove(waiting.id ?? '');
  await worker.close();
  return seen.sort();
}

const WHAT_THE_APP_SEES = [
  'bulk: did bulk',
  'fail: no',
  'fail: no',
  'welcome: did welcome',
  'welcome: did welcome',
];

describe('the app never pays for telemetry', () => {
  test('a tracer that throws changes nothing', async () => {
    trace.disable();
    const broken = (): never => {
      throw new Error('of the tracer');
    };
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: broken, startActiveSpan: broken }) });
    expect(await work()).toEqual(WHAT_THE_APP_SEES);
    expect(rig.records('job.completed')).toHaveLength(3);
  });

  test('a box that is disabled changes nothing, and tells nothing', async () => {
    rig.box.disable();
    expect(await work()).toEqual(WHAT_THE_APP_SEES);
    expect(rig.otel.spans()).toEqual([]);
    expect(rig.otel.logs()).toEqual([]);
  });

  test('a relation function that throws changes nothing', async () => {
    rig.jobs = rig.process({
      relation: () => {
        throw new Error('of the app');
      },
    }).jobs;
    expect(await work()).toEqual(WHAT_THE_APP_SEES);
    expect(rig.attempts()).toHaveLength(5);
  });

  test('no SDK at all changes nothing', async () => {
    await rig.otel.shutdown();
    trace.disable();
    expect(await work()).toEqual(WHAT_THE_APP_SEES);
  });

  test('many jobs at once are each told once: enqueued, begun and ended add up', async () => {
    const queue = rig.queue();
    const counts = { completed: 0, retried: 0, ended: 0 };
    const worker = rig.worker(
      async (job) => {
        await new Promise((done) => setTimeout(done, Number(job.id) % 3));
        if (Number(job.id) % 5 === 0 && job.attemptsMade < 1) throw new Error('not yet');
        if (Number(job.id) % 7 === 0) throw new Error('never');
      },
      { concurrency: 20 },
    );
    worker.on('completed', () => {
      counts.completed++;
      counts.ended++;
    });
    worker.on('failed', (job) => (job?.finishedOn ? counts.ended++ : counts.retried++));
    const bulk = Array.from({ length: 300 }, () => ({
      name: 'welcome',
      data: SECRET,
      opts: { attempts: 2 },
    }));
    await queue.addBulk(bulk);
    await until(() => counts.ended === 300, 'all have ended');
    await worker.close();
    const sum = async (name: string, labels: object = {}): Promise<number> =>
      (await rig.otel.points(name))
        .filter((point) => Object.entries(labels).every(([key, value]) => point.labels[key] === value))
        .reduce((total, { value }) => total + value, 0);
    expect(await sum('job.enqueued')).toBe(300);
    expect(await sum('job.ended', { 'job.outcome': 'completed' })).toBe(counts.completed);
    expect(await sum('job.ended')).toBe(300);
    expect(await sum('job.retries')).toBe(counts.retried);
    expect(await sum('job.active')).toBe(0);
    expect(rig.attempts()).toHaveLength(300 + counts.retried);
    expect(await sum('messaging.process.duration')).toBe(300 + counts.retried);
    expect(await sum('job.wait.duration')).toBe(300 + counts.retried);
    const links = rig.attempts().filter((span) => span.links.length > 0);
    expect(links).toHaveLength(counts.retried);
  });
});
