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
    let put: Record<string, string> = {};
    batch.run(() => {
      put = enqueued(queue, 'c');
    });
    expect(put).not.toHaveProperty('baggage');
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

  test("baggage - a second handle leaves a queue's own list in its place", () => {
    const jobs = createJobs(createSignalbox(), { baggage: ['user.email'] });
    const declared = bound({ email: field.text({ attribute: 'user.email', sensitive: true }) });
    jobs.queue('billing', { baggage: declared });
    const again = jobs.queue('billing');
    withBaggage({ 'user.email': 'ann@example.com' }, () => enqueued(again, '1'));
    const told = [...otel.spans(), ...otel.logs()].map(({ attributes }) => attributes['user.email']);
    expect(told).toEqual(['[redacted]', '[redacted]']);
  });

  test('baggage - of a job that carries none is never that of whoever settles it', () => {
    const queue = queueOf(LISTED);
    const batch = withBaggage({ 'tenant.id': 'somebody' }, () =>
      queue.batch(
        [
          { job: { id: '1' }, number: 1 },
          { job: { id: '2' }, number: 1 },
        ],
        { span: 'active' },
      ),
    );
    batch.attempts[0]?.failed(new Error('no'), GIVE_UP);
    queue.abandoned({ id: '2' }, { reason: 'stalled' });
    expect(otel.logs('job.abandoned')).toHaveLength(2);
    expect(new Set(tenants(otel.logs()))).toEqual(new Set([undefined]));
  });

  test("baggage - of a job is that of the jobs it puts in, where the engine's own span has none", () => {
    const queue = queueOf(LISTED);
    const carrier = withBaggage({ 'tenant.id': 'a', other: 'x' }, () => enqueued(queue, '1'));
    let child: Record<string, string> = {};
    const attempt = queue.attempt({ job: { id: '1', type: 'welcome' }, carrier, number: 1, span: 'active' });
    attempt.run(() => {
      child = enqueued(queue, '2');
    });
    attempt.completed();
    expect(child.baggage).toBe('tenant.id=a,other=x');
    expect(tenants(otel.logs())).toEqual(['a', 'a', 'a', 'a']);
    const given = withBaggage({ 'tenant.id': 'engine' }, () => {
      const own = queue.attempt({ job: { id: '3' }, carrier, number: 1, span: 'active' });
      const put = own.run(() => enqueued(queue, '4'));
      own.completed();
      return put;
    });
    expect(given.baggage).toBe('tenant.id=engine');
  });

  test("baggage - comes behind a span's own attributes, which a limit then keeps", () => {
    const queue = queueOf({ ...LISTED, waitSpans: true });
    const carriers = ['1', '2', '3'].map((id) =>
      withBaggage({ 'tenant.id': 'a' }, () => enqueued(queue, id)),
    );
    const job = { id: '1', type: 'welcome' };
    queue.attempt({ job, carrier: carriers[0], number: 1, runnableAt: queue.now() - 50 }).completed();
    queue.abandoned({ id: '2', type: 'welcome' }, { carrier: carriers[1], reason: 'cancelled' });
    const batch = queue.batch([{ job: { id: '3' }, carrier: carriers[2], number: 1 }]);
    batch.attempts[0]?.completed();
    const begun = otel.spans().filter(({ name }) => /^(wait|settle|process mail)/.test(name));
    expect(begun.map(({ name }) => name).sort()).toEqual(['process mail', 'settle welcome', 'wait welcome']);
    for (const { name, attributes } of begun) {
      const keys = Object.keys(attributes);
      expect([name, keys.indexOf('tenant.id') > keys.indexOf('messaging.destination.name')]).toEqual([
        name,
        true,
      ]);
    }
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

  test.each(['system', 'namespace', 'reason', 'queue'])(
    'baggage - refuses the name of a field of jobs: %s',
    (name) => {
      const sentence = `\`baggage\` names '${name}', which is a field of the signals of jobs. Declare it by \`bound\` under another name, as in bound({ own_${name}: field.string({ attribute: '${name}' }) }).`;
      expectSentence(() => createJobs(createSignalbox(), { baggage: [name] }), `createJobs: ${sentence}`);
      const declared = bound({ [name]: field.string() });
      expectSentence(
        () => createJobs(createSignalbox()).queue('mail', { baggage: wrong(declared) }),
        `queue 'mail': ${sentence}`,
      );
      const mended = bound({ [`own_${name}`]: field.string({ attribute: name }) });
      const queue = queueOf({ baggage: wrong(mended) });
      withBaggage({ [name]: 'told' }, () => enqueued(queue, '1'));
      const told = [...otel.spans(), ...otel.logs()].map(({ attributes }) => attributes[name]);
      expect(told).toEqual(['told', 'told']);
    },
  );

  test('baggage - refuses fields that are no text', () => {
    expectSentence(
      () => createJobs(createSignalbox(), { baggage: bound({ n: field.int() }) }),
      "createJobs: the field 'n' of `baggage` is of kind int, and an entry of baggage is text. Use field.string, id, text or oneOf.",
    );
  });
});
