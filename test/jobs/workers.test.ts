import { createSignalbox, SignalboxError } from 'signalbox';
import type { WorkerOptions } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, turn, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import type { TestOtel } from '../support/otel.js';
import { nanos, resetOtel } from '../support/otel.js';
import { QUEUE, recorded, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

let n = 0;
const job = (): { id: string; type: string } => ({ id: `j-${n++}`, type: 'welcome' });

/** Records of workers, in the order in which they happened. */
function ofWorkers(otel: TestOtel): (string | undefined)[] {
  return otel
    .logs()
    .filter((record) => record.eventName?.startsWith('worker.'))
    .sort((a, b) => (nanos(a.hrTime) < nanos(b.hrTime) ? -1 : 1))
    .map((record) => record.eventName);
}

async function states(otel: TestOtel): Promise<Record<string, number>> {
  return Object.fromEntries(
    (await otel.points('worker.count')).map((p) => [String(p.labels['worker.state']), p.value]),
  );
}

async function busyTime(otel: TestOtel): Promise<number | undefined> {
  return (await otel.points('worker.busy.time'))[0]?.value;
}

describe('a worker', () => {
  test('started() and stopped() - are told once each, with the jobs, the busy time and the reason', async () => {
    const { otel, queue } = startRig();
    const worker = queue.worker('w-1');
    worker.started();
    worker.started();
    for (const millis of [100, 250]) {
      const attempt = queue.attempt({ job: job(), worker });
      await pass(millis);
      attempt.completed();
      await pass(40);
    }
    worker.stopped({ reason: 'shutdown' });
    worker.stopped();
    expect(recorded(otel, 'worker.started')).toEqual({
      'worker.id': 'w-1',
      'messaging.destination.name': QUEUE,
    });
    const stopped = recorded(otel, 'worker.stopped');
    expect(stopped).toMatchObject({
      'worker.id': 'w-1',
      'worker.jobs': 2,
      'worker.stop.reason': 'shutdown',
      'messaging.destination.name': QUEUE,
    });
    expect(stopped['worker.busy.duration']).toBeCloseTo(0.35, 3);
    for (const event of ['worker.started', 'worker.stopped'])
      expect(otel.logs(event)[0]?.severityText).toBe('INFO');
  });

  test('busy and idle - are told on the change only, with how long the other lasted', async () => {
    const { otel, queue } = startRig();
    const worker = queue.worker('w-1', { slots: 2 });
    worker.started();
    await pass(500);
    const first = queue.attempt({ job: job(), worker });
    await pass(100);
    const second = queue.attempt({ job: job(), worker });
    await pass(100);
    first.completed();
    await pass(100);
    second.completed();
    await turn();
    await pass(10);
    expect(ofWorkers(otel)).toEqual(['worker.started', 'worker.busy', 'worker.idle']);
    const busy = recorded(otel, 'worker.busy');
    const idle = recorded(otel, 'worker.idle');
    expect(busy['worker.state.duration']).toBeCloseTo(0.5, 3);
    expect(idle['worker.state.duration']).toBeCloseTo(0.3, 3);
    expect(otel.logs('worker.busy')[0]?.severityText).toBe('DEBUG');
    expect(otel.logs('worker.idle')[0]?.severityText).toBe('DEBUG');
    for (const record of otel.logs().filter((r) => r.eventName?.startsWith('worker.')))
      expect(record.spanContext).toBeUndefined();
  });

  test('idle - is of the moment at which the last attempt ended, though it is told a turn later', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job: job(), worker: 'w' });
    await pass(50);
    attempt.completed();
    const ended = queue.now();
    await pass(20);
    const idle = Number(nanos(otel.logs('worker.idle')[0]?.hrTime ?? [0, 0])) / 1e6;
    expect(idle).toBeLessThanOrEqual(ended);
    expect(idle).toBeGreaterThan(ended - 1);
  });

  test('a worker that takes its next job at once - was never idle', async () => {
    const { otel, queue } = startRig();
    for (let i = 0; i < 5; i++) {
      const attempt = queue.attempt({ job: job(), worker: 'w' });
      await pass(10);
      attempt.completed();
    }
    await pass(10);
    expect(ofWorkers(otel)).toEqual(['worker.busy', 'worker.idle']);
    expect(recorded(otel, 'worker.idle')['worker.state.duration']).toBeCloseTo(0.05, 3);
  });

  test('stopped() - tells that it is idle first, at once', async () => {
    const { otel, queue } = startRig();
    const worker = queue.worker('w');
    const attempt = queue.attempt({ job: job(), worker });
    await pass(10);
    attempt.completed();
    worker.stopped();
    expect(ofWorkers(otel)).toEqual(['worker.busy', 'worker.idle', 'worker.stopped']);
    await pass(100);
    expect(ofWorkers(otel)).toHaveLength(3);
  });

  test('a handler that still runs after its attempt was settled - holds its worker', async () => {
    const { otel, queue } = startRig();
    queue.worker('w').started();
    const attempt = queue.attempt({ job: job(), worker: 'w' });
    const work = attempt.run(() => new Promise<void>((done) => setTimeout(done, 100)));
    await pass(20);
    attempt.timedOut(20, { retry: false, reason: 'timeout' });
    await pass(20);
    expect(await states(otel)).toEqual({ busy: 1, idle: 0 });
    await pass(60);
    await work;
    expect(await states(otel)).toEqual({ busy: 0, idle: 1 });
    expect(await busyTime(otel)).toBeCloseTo(0.1, 3);
  });

  test('a handler that ended before its attempt was settled - has left its worker', async () => {
    const { otel, queue } = startRig();
    queue.worker('w').started();
    const attempt = queue.attempt({ job: job(), worker: 'w' });
    await attempt.run(async () => undefined);
    expect(await states(otel)).toEqual({ busy: 0, idle: 1 });
    await pass(1000);
    attempt.completed();
    expect(await busyTime(otel)).toBeUndefined();
  });
});

describe('the gauges of workers', () => {
  test('worker.count - sums the slots of all workers, busy and idle, without their ids', async () => {
    const { otel, queue } = startRig();
    queue.worker('a', { slots: 3 }).started();
    let slots = 2;
    const b = queue.worker('b', { slots: () => slots });
    b.started();
    queue.attempt({ job: job(), worker: 'a' });
    const last = queue.attempt({ job: job(), worker: b });
    expect(await states(otel)).toEqual({ busy: 2, idle: 3 });
    slots = 1;
    expect(await states(otel)).toEqual({ busy: 2, idle: 2 });
    last.completed();
    b.stopped();
    expect(await states(otel)).toEqual({ busy: 1, idle: 2 });
    for (const { labels } of await otel.points('worker.count'))
      expect(Object.keys(labels).sort()).toEqual([
        'messaging.destination.name',
        'messaging.system.name',
        'worker.state',
      ]);
  });

  test('worker.count - is never below zero idle where more runs than there are slots', async () => {
    const { otel, queue } = startRig();
    queue.attempt({ job: job(), worker: 'w' });
    queue.attempt({ job: job(), worker: 'w' });
    expect(await states(otel)).toEqual({ busy: 2, idle: 0 });
  });

  test.each<[string, () => number]>([
    [
      'throws',
      () => {
        throw new Error('no slots');
      },
    ],
    ['gives a promise', async () => 3] as unknown as [string, () => number],
    ['gives Infinity', () => Number.POSITIVE_INFINITY],
  ])('worker.count - knows what is busy, and the others, where a slots function %s', async (_, slots) => {
    const { otel, queue } = startRig();
    queue.worker('a', { slots: 3 }).started();
    queue.attempt({ job: job(), worker: queue.worker('b', { slots }) });
    expect(await states(otel)).toEqual({ busy: 1, idle: 3 });
  });

  test('stopped() - takes what is no information, as plain JavaScript gives it', () => {
    const { otel, queue } = startRig();
    const worker = queue.worker('a');
    worker.started();
    worker.stopped(null as never);
    expect(otel.logs('worker.stopped')).toHaveLength(1);
  });

  test('worker.busy.time - grows while attempts run, over all slots and workers', async () => {
    const { otel, queue } = startRig();
    queue.worker('a', { slots: 2 }).started();
    const attempts = ['a', 'a', 'b'].map((worker) => queue.attempt({ job: job(), worker }));
    await pass(1000);
    expect(await busyTime(otel)).toBeCloseTo(3, 3);
    attempts[0]?.completed();
    await pass(1000);
    expect(await busyTime(otel)).toBeCloseTo(5, 3);
    for (const attempt of attempts) attempt.completed();
    await pass(1000);
    expect(await busyTime(otel)).toBeCloseTo(5, 3);
  });

  test('a queue without workers - reports none', async () => {
    const { otel, queue } = startRig();
    queue.attempt({ job: job() });
    expect(await otel.points('worker.count')).toEqual([]);
    expect(await otel.points('worker.busy.time')).toEqual([]);
  });
});

describe('worker()', () => {
  test('worker() - is the same for the same id, from each handle to the queue, and another in each queue', () => {
    const { jobs, queue } = startRig();
    expect(queue.worker('w')).toBe(jobs.queue(QUEUE).worker('w'));
    expect(queue.worker('w')).not.toBe(jobs.queue('other').worker('w'));
    expect(queue.worker('w').id).toBe('w');
  });

  test.each([
    ['', {}, "worker: the id is ''. Give a non-empty string."],
    [7, {}, 'worker: the id is 7. Give a non-empty string.'],
    ['w', { slots: '3' }, "worker 'w': `slots` is '3'. Give a whole number from 1, or a function of one."],
    ['w', { slots: 0 }, "worker 'w': `slots` is 0. Give a whole number from 1, or a function of one."],
    ['w', { slots: 1.5 }, "worker 'w': `slots` is 1.5. Give a whole number from 1, or a function of one."],
  ])('worker() - %j with %j is told in a sentence', (id, options, sentence) => {
    const queue = createJobs(createSignalbox()).queue(QUEUE);
    expect(() => queue.worker(id as string, options as WorkerOptions)).toThrow(new SignalboxError(sentence));
  });

  test('worker() - workers that have stopped are forgotten when there are a thousand; their busy time is kept', async () => {
    const { otel, queue } = startRig();
    for (let i = 0; i < 1000; i++) {
      const worker = queue.worker(`w-${i}`);
      worker.started();
      const attempt = queue.attempt({ job: job(), worker });
      if (i === 0) await pass(1000);
      attempt.completed();
      if (i !== 1) worker.stopped();
    }
    const lives = queue.worker('w-1');
    queue.worker('one more').started();
    expect(queue.worker('w-1')).toBe(lives);
    expect(await busyTime(otel)).toBeCloseTo(1, 3);
    expect(await states(otel)).toEqual({ busy: 0, idle: 2 });
    // There is room again for those that attempts bring by name.
    queue.attempt({ job: { id: 'last' }, worker: 'by name' }).completed();
    expect(otel.logs('job.started').at(-1)?.attributes).toMatchObject({ 'worker.id': 'by name' });
  });

  test('worker() - one that comes after a stopped one of its id has its own slots and jobs; busy time goes on', async () => {
    const { otel, queue } = startRig();
    for (const slots of [1, 7]) {
      const worker = queue.worker('w', { slots });
      worker.started();
      for (let i = 0; i < slots; i++) {
        const attempt = queue.attempt({ job: job(), worker });
        await pass(100);
        attempt.completed();
      }
      expect(await states(otel)).toEqual({ busy: 0, idle: slots });
      worker.stopped();
    }
    expect(otel.logs('worker.stopped').map(({ attributes }) => attributes['worker.jobs'])).toEqual([1, 7]);
    expect(await busyTime(otel)).toBeCloseTo(0.8, 3);
    expect(await states(otel)).toEqual({ busy: 0, idle: 0 });
  });

  test('a worker that is named alone - is known from then on; an empty name is no worker', async () => {
    const { otel, queue } = startRig();
    queue.attempt({ job: job(), worker: 'named' }).completed();
    queue.attempt({ job: job(), worker: '' }).completed();
    expect(otel.logs('job.started').map((r) => r.attributes['worker.id'])).toEqual(['named', undefined]);
    queue.worker('named').stopped();
    expect(recorded(otel, 'worker.stopped')['worker.jobs']).toBe(1);
  });
});

describe('a worker whose box shuts down', () => {
  test.each([
    ['at once after its last job', 0, ['JOB_STARTED', 'WORKER_BUSY', 'JOB_COMPLETED', 'WORKER_IDLE']],
    ['while it runs another', 1, ['JOB_STARTED', 'WORKER_BUSY', 'JOB_COMPLETED', 'JOB_STARTED']],
  ])('shutdown() - %s: no WORKER_IDLE is refused', async (_, running, expected) => {
    const seen: string[] = [];
    const box = createSignalbox({
      destinations: { seen: ({ signal }) => void seen.push(signal) },
      routes: [{ signals: '*', to: 'seen' }],
    });
    const queue = createJobs(box).queue(QUEUE);
    const worker = queue.worker('w-1');
    queue.attempt({ job: { id: 'a' }, number: 1, worker }).completed();
    for (let i = 0; i < running; i++) queue.attempt({ job: { id: `b-${i}` }, number: 1, worker });
    await box.shutdown();
    await turn();
    expect(seen).toEqual(expected);
    expect(box.stats().refused).toEqual({});
  });
});
