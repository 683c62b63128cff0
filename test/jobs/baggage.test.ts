import type { Baggage } from '@opentelemetry/api';
import { context, propagation } from '@opentelemetry/api';
import { bound, createSignalbox, field } from 'signalbox';
import type { JobsOptions, QueueTelemetry } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { lastFour } from 'signalbox/redaction';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectSentence, wrong } from '../support/misuse.js';
import type { TestOtel } from '../support/otel.js';
import { resetOtel, startOtel } from '../support/otel.js';
import { GIVE_UP } from './rig.js';

let otel: TestOtel;
beforeEach(() => {
  otel = startOtel();
});
afterEach(async () => {
  await otel.shutdown();
  resetOtel();
});

const LISTED: JobsOptions = { baggage: ['tenant.id'] };

function queueOf(options: JobsOptions, name = 'mail'): QueueTelemetry {
  return createJobs(createSignalbox(), options).queue(name, { types: ['welcome'] });
}

/** Runs something as a request does that has baggage. */
function withBaggage<T>(entries: Readonly<Record<string, string>>, fn: () => T): T {
  const baggage: Baggage = propagation.createBaggage(
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, { value }])),
  );
  return context.with(propagation.setBaggage(context.active(), baggage), fn);
}

/** Puts a job in, and gives what is stored with it, as it comes back from a store. */
function enqueued(queue: QueueTelemetry, id: string): Record<string, string> {
  const enqueue = queue.enqueue({ id, type: 'welcome' });
  const stored = JSON.parse(JSON.stringify(enqueue.carrier));
  enqueue.accepted();
  return stored;
}

const tenants = (all: readonly { readonly attributes: object }[]): unknown[] =>
  all.map(({ attributes }) => (attributes as Record<string, unknown>)['tenant.id']);

describe('createJobs({ baggage })', () => {
  test('baggage - is on the spans and records of both sides of the queue, and on those of child jobs', async () => {
    const queue = queueOf({ ...LISTED, waitSpans: true });
    const child = queueOf(LISTED, 'child');
    const carrier = withBaggage({ 'tenant.id': 'a', other: 'x' }, () => enqueued(queue, '1'));
    let ofChild: Record<string, string> = {};
    await queue.process(
      { job: { id: '1', type: 'welcome' }, carrier, number: 1, runnableAt: queue.now() - 50 },
      async () => {
        await Promise.resolve();
        ofChild = enqueued(child, '2');
      },
      () => GIVE_UP,
    );
    const failing = child.attempt({ job: { id: '2', type: 'welcome' }, carrier: ofChild, number: 1 });
    failing.progress(50);
    failing.failed(new Error('no'), GIVE_UP);
    expect(
      otel
        .spans()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['enqueue welcome', 'enqueue welcome', 'process welcome', 'process welcome', 'wait welcome']);
    expect(new Set(tenants(otel.spans()))).toEqual(new Set(['a']));
    const records = otel.logs().filter(({ eventName }) => eventName?.startsWith('job.'));
    expect(records.map(({ eventName }) => eventName)).toEqual([
      'job.queued',
      'job.started',
      'job.queued',
      'job.completed',
      'job.started',
      'job.progress',
      'job.failed',
      'job.abandoned',
    ]);
    expect(new Set(tenants(records))).toEqual(new Set(['a']));
    expect(
      JSON.stringify([otel.spans().map((s) => s.attributes), records.map((r) => r.attributes)]),
    ).not.toContain('other');
    // What the span says, the events on it need not.
    for (const { events } of otel.spans())
      expect(tenants(events as never).some((t) => t !== undefined)).toBe(false);
    for (const { labels } of await otel.points('job.ended')) expect(labels).not.toHaveProperty('tenant.id');
  });

  test('baggage - is on what is heard of jobs: ends without an attempt here, stalls, revivals', () => {
    const queue = queueOf(LISTED);
    const carrier = withBaggage({ 'tenant.id': 'b' }, () => enqueued(queue, '1'));
    queue.stalled({ id: '1' }, { carrier });
    queue.abandoned({ id: '1' }, { carrier, reason: 'cancelled' });
    queue.revived({ id: '1' }, { carrier });
    queue.queued({ id: '2' }, { carrier });
    queue.completed({ id: '2' }, { carrier });
    expect(tenants(otel.logs())).toEqual(['b', 'b', 'b', 'b', 'b', 'b']);
    expect(tenants(otel.spans())).toEqual(['b', 'b', 'b']);
  });

  test('baggage - that is refused or there already is on its enqueue too', () => {
    const queue = queueOf(LISTED);
    withBaggage({ 'tenant.id': 'c' }, () => {
      queue.enqueue({ id: '1' }).rejected('queue_full');
      queue.enqueue({ id: '2' }).duplicate();
    });
    expect(tenants(otel.logs())).toEqual(['c', 'c']);
    expect(tenants(otel.spans())).toEqual(['c', 'c']);
  });

  test('baggage - of a batch is on the records of each job, and on the shared span where all have the same', () => {
    const queue = queueOf({ baggage: ['tenant.id', 'zone'] });
    const carriers = ['a', 'b'].map((tenant) =>
      withBaggage({ 'tenant.id': tenant, zone: 'eu' }, () => enqueued(queue, tenant)),
    );
    const batch = queue.batch([
      { job: { id: 'a' }, carrier: carriers[0], number: 1 },
      { job: { id: 'b' }, carrier: carriers[1], number: 1 },
    ]);
    batch.run(() => undefined);
    batch.attempts[0]?.completed();
    batch.attempts[1]?.failed(new Error('no'), GIVE_UP);
    const [span] = otel.spans().filter(({ name }) => name.startsWith('process'));
    expect(span?.attributes).toMatchObject({ zone: 'eu' });
    expect(span?.attributes).not.toHaveProperty('tenant.id');
    for (const id of ['a', 'b'])
      expect(new Set(tenants(otel.logs().filter(({ attributes }) => attributes['job.id'] === id)))).toEqual(
        new Set([id]),
      );
  });

  test('baggage - that is declared is redacted as declared, and a label where it is declared as one', async () => {
    const calls: string[] = [];
    const queue = queueOf({
      baggage: bound(
        {
          tenant: field.oneOf(['a', 'b'], { attribute: 'tenant.id' }),
          account: field.id({
            sensitive: (text) => {
              calls.push(text);
              return lastFour(text);
            },
          }),
        },
        { labels: ['tenant'] },
      ),
    });
    const play = (id: string, entries: Record<string, string>): void => {
      const carrier = withBaggage(entries, () => enqueued(queue, id));
      queue.attempt({ job: { id, type: 'welcome' }, carrier, number: 1 }).completed();
    };
    play('1', { 'tenant.id': 'a', account: '4111111111111111' });
    play('2', { 'tenant.id': 'mars' });
    play('3', {});
    const ended = (await otel.points('job.ended')).map(({ labels, value }) => [labels['tenant.id'], value]);
    expect(ended).toEqual([
      ['a', 1],
      [undefined, 2],
    ]);
    const [enqueue, attempt] = otel.spans();
    for (const span of [enqueue, attempt])
      expect(span?.attributes).toMatchObject({ 'tenant.id': 'a', account: '********1111' });
    expect(
      JSON.stringify([otel.spans().map((s) => s.attributes), otel.logs().map((r) => r.attributes)]),
    ).not.toMatch(/4111|mars/);
    // Once for each baggage, whatever is emitted.
    expect(calls).toEqual(['4111111111111111', '4111111111111111']);
  });

  test('baggage - of another kind than the api has, or that throws, is none', () => {
    const queue = queueOf(LISTED);
    const hostile = {
      getEntry: () => {
        throw new Error('no');
      },
    };
    for (const baggage of [hostile, {}, 5, null])
      context.with(propagation.setBaggage(context.active(), baggage as never), () =>
        queue.attempt({ job: { id: 'x' }, span: 'active' }).completed(),
      );
    expect(tenants(otel.logs())).toEqual(Array.from({ length: 8 }, () => undefined));
  });

  test.each([
    ["'tenant.id'", 'tenant.id'],
    ['a list of 1', ['']],
    ['a value of type object', {}],
  ])('baggage - refuses %s', (text, given) => {
    const sentence = `\`baggage\` is ${text}. Give a list of keys, as in ['tenant.id'], or what bound() returns.`;
    const jobs = createJobs(createSignalbox());
    expectSentence(() => createJobs(createSignalbox(), { baggage: wrong(given) }), `createJobs: ${sentence}`);
    expectSentence(() => jobs.queue('mail', { baggage: wrong(given) }), `queue 'mail': ${sentence}`);
  });

  test('baggage - refuses fields that are no text', () => {
    expectSentence(
      () => createJobs(createSignalbox(), { baggage: bound({ n: field.int() }) }),
      "createJobs: the field 'n' of `baggage` is of kind int, and an entry of baggage is text. Use field.string, id, text or oneOf.",
    );
  });
});
