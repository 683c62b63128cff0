import { SpanKind } from '@opentelemetry/api';
import type { QueueTelemetry } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel } from '../support/otel.js';
import { METRICS } from './contract-tables.js';
import { GIVE_UP, QUEUE, RETRY, recorded, startRig } from './rig.js';

afterEach(resetOtel);

/** The metrics that have a job's type. */
const TYPED = Object.entries(METRICS).flatMap(([name, row]) => (row.typed ? [name] : []));

/** All that can be told of jobs of which nothing but the id is known. */
function tellAll(queue: QueueTelemetry): void {
  const known = { runnableAt: queue.now(), firstRunnableAt: queue.now() };
  queue.enqueue({ id: '1' }).accepted();
  queue.enqueue({ id: '2' }).rejected('queue_full');
  queue.queued({ id: '3' });
  queue.stalled({ id: '3' });
  queue.completed({ id: '3' }, known);
  queue.abandoned({ id: '4' }, { reason: 'removed', ...known });
  queue.attempt({ job: { id: '5' }, number: 1, ...known }).failed(boom('EAWAY'), RETRY);
  queue.attempt({ job: { id: '5' }, number: 2, ...known }).completed();
}

const boom = (code: string): Error => Object.assign(new Error('no'), { code });

describe('the label job.type', () => {
  test('job.type - is the type where that is known, else _OTHER; its true name stays on spans and records', async () => {
    const { otel, queue } = startRig();
    for (const type of ['welcome', 'made-up-1', 'made-up-2'])
      queue.attempt({ job: { id: type, type }, number: 1 }).completed();
    expect((await otel.points('job.ended')).map((p) => [p.labels['job.type'], p.value])).toEqual([
      ['welcome', 1],
      ['_OTHER', 2],
    ]);
    expect(otel.logs('job.completed').map((r) => r.attributes['job.type'])).toEqual([
      'welcome',
      'made-up-1',
      'made-up-2',
    ]);
    expect(otel.spans().map((span) => [span.name, span.attributes['job.type']])).toEqual([
      ['process welcome', 'welcome'],
      [`process ${QUEUE}`, 'made-up-1'],
      [`process ${QUEUE}`, 'made-up-2'],
    ]);
  });

  test('job.type - where jobs have no type there is no such label', async () => {
    const { otel, jobs } = startRig();
    const queue = jobs.queue('plain');
    queue.attempt({ job: { id: '1' }, number: 1 }).completed();
    expect(await otel.points('job.ended')).toEqual([
      {
        labels: {
          'messaging.system.name': 'signalbox',
          'messaging.destination.name': 'plain',
          'job.outcome': 'completed',
        },
        value: 1,
      },
    ]);
  });

  test('job.type - of a job that is known by its id alone is _OTHER on all metrics where jobs have types', async () => {
    const { otel, jobs } = startRig();
    for (const types of [['welcome'], []]) tellAll(jobs.queue(`queue-${types.length}`, { types }));
    for (const name of TYPED) {
      const labels = (await otel.points(name)).map((point) => point.labels['job.type']);
      expect(new Set(labels), name).toEqual(new Set(['_OTHER']));
    }
    expect(otel.logs().some((record) => 'job.type' in record.attributes)).toBe(false);
  });

  test("types: 'queue' - the type is the queue's name, on metrics, records and spans, whatever is told of a job", async () => {
    const { otel, jobs } = startRig();
    tellAll(jobs.queue('mail-task', { types: 'queue' }));
    for (const name of TYPED) {
      const labels = (await otel.points(name)).map((point) => point.labels['job.type']);
      expect(new Set(labels), name).toEqual(new Set(['mail-task']));
    }
    const all = [...otel.logs(), ...otel.spans()].map(({ attributes }) => attributes['job.type']);
    expect(new Set(all)).toEqual(new Set(['mail-task']));
    expect(new Set(otel.spans().map((span) => span.name))).toEqual(
      new Set(['enqueue mail-task', 'process mail-task', 'settle mail-task']),
    );
  });

  test.each(['welcome', ['welcome', 7], { welcome: true }, ['']])(
    'queue() - says that types are a list of job types, and takes no text letter by letter: %o',
    (types) => {
      const { jobs } = startRig();
      expect(() => jobs.queue(QUEUE, { types: types as never })).toThrow(
        /types is .+\. Give a list of job types, as in \['welcome'\], or 'queue' where the queue is the type, or leave it out\.$/,
      );
    },
  );

  test('knows() - takes a list of types too', async () => {
    const { otel, queue } = startRig();
    queue.knows(['digest', 'bill'] as never);
    queue.attempt({ job: { id: '1', type: 'digest' }, number: 1 }).completed();
    expect((await otel.points('job.ended'))[0]?.labels['job.type']).toBe('digest');
  });

  test('knows() - makes types known from then on, for every handle of the queue', async () => {
    const { otel, jobs, queue } = startRig();
    jobs.queue(QUEUE).knows('digest');
    queue.attempt({ job: { id: '1', type: 'digest' }, number: 1 }).completed();
    expect((await otel.points('job.ended'))[0]?.labels['job.type']).toBe('digest');
  });
});

describe('the label error.type', () => {
  test('error.type - is the code, else the name, else _OTHER', async () => {
    const { otel, queue } = startRig();
    for (const error of [boom('ECONN'), new TypeError('x'), 'text', undefined])
      queue.attempt({ job: { id: '1' }, number: 1 }).failed(error, RETRY);
    const types = (await otel.points('job.retries')).map((p) => [p.labels['error.type'], p.value]);
    expect(types).toEqual([
      ['ECONN', 1],
      ['TypeError', 1],
      ['_OTHER', 2],
    ]);
  });

  test('error.type - is at most 64 distinct ones a box, then _OTHER; records keep the true one', async () => {
    const { otel, jobs, queue } = startRig();
    const other = jobs.queue('other');
    for (let i = 0; i < 200; i++)
      (i % 2 ? queue : other).attempt({ job: { id: `${i}` }, number: 1 }).failed(boom(`E${i}`), GIVE_UP);
    const labels = new Set(
      (await otel.points('messaging.process.duration')).map((p) => p.labels['error.type']),
    );
    expect(labels.size).toBe(65);
    expect(labels).toContain('_OTHER');
    expect(otel.logs('job.failed').at(-1)?.attributes['error.type']).toBe('E199');
    queue.attempt({ job: { id: 'x' }, number: 1 }).failed(boom('E0'), RETRY);
    expect((await otel.points('job.retries'))[0]?.labels['error.type']).toBe('E0');
  });

  test.each(['has spaces', 'x'.repeat(65), '42', ''])(
    'error.type - a code %j is none: the name stands in',
    (code) => {
      const { otel, queue } = startRig();
      queue.attempt({ job: { id: '1' }, number: 1 }).failed(boom(code), GIVE_UP);
      expect(recorded(otel, 'job.failed')['error.type']).toBe('Error');
    },
  );
});

describe('systems and queues', () => {
  test('messaging.system.name - is the one of createJobs, or of the queue; two systems may have a queue of one name', async () => {
    const { otel, jobs } = startRig();
    const ours = jobs.queue('shared');
    const theirs = jobs.queue('shared', { system: 'bullmq' });
    ours.enqueue({ id: '1' }).accepted();
    theirs.enqueue({ id: '1' }).accepted();
    theirs.enqueue({ id: '2' }).accepted();
    expect(
      (await otel.points('job.enqueued')).map((p) => [p.labels['messaging.system.name'], p.value]),
    ).toEqual([
      ['signalbox', 1],
      ['bullmq', 2],
    ]);
    expect(otel.spans().map((span) => [span.kind, span.attributes['messaging.system.name']])).toEqual([
      [SpanKind.PRODUCER, 'signalbox'],
      [SpanKind.PRODUCER, 'bullmq'],
      [SpanKind.PRODUCER, 'bullmq'],
    ]);
  });

  test.each([
    [{ system: '' }, "queue 'q': system is ''. Give a non-empty string."],
    [{ capacity: 0 }, "queue 'q': `capacity` is 0. Give a whole number from 1."],
    [{ capacity: -3 }, "queue 'q': `capacity` is -3. Give a whole number from 1."],
    [
      { relation: 'up' as never },
      "queue 'q': `relation` is 'up'. Use 'parent', 'link', 'none', or a function that returns one of them.",
    ],
  ])('queue() - with %j is told in a sentence that names the value and the fix', (options, sentence) => {
    const { jobs } = startRig();
    expect(() => jobs.queue('q', options)).toThrow(sentence);
  });

  test('queue() - that is refused leaves the capacity of a queue that is there as it was', () => {
    const { jobs, otel } = startRig();
    const mail = jobs.queue('mail', { capacity: 5 });
    expect(() => jobs.queue('mail', { capacity: 9, relation: 'up' as never })).toThrow(/relation/);
    mail.enqueue({ id: '1' }).rejected('queue_full');
    expect(otel.logs('job.rejected')[0]?.attributes['queue.capacity']).toBe(5);
  });

  test('queue() - needs a name', () => {
    const { jobs } = startRig();
    expect(() => jobs.queue('')).toThrow("queue: name is ''. Give a non-empty string.");
  });
});
