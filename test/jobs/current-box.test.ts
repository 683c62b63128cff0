import { context, propagation } from '@opentelemetry/api';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestOtel } from '../support/otel.js';
import { resetOtel, startOtel } from '../support/otel.js';
import { GIVE_UP } from './rig.js';

const SENT = defineSignal('CURRENT_SENT', { fields: { to: field.text() } });

let otel: TestOtel;
beforeEach(() => {
  otel = startOtel();
});
afterEach(async () => {
  await otel.shutdown();
  resetOtel();
});

describe('jobs.current()', () => {
  test('current() - is bound to the attempt that runs, its baggage included, and after an await too', async () => {
    const jobs = createJobs(createSignalbox({ attributes: { zone: 'eu' } }), { baggage: ['tenant.id'] });
    const queue = jobs.queue('mail', { types: ['welcome'], namespace: 'n' });
    const baggage = propagation.createBaggage({ 'tenant.id': { value: 'a' } });
    const { carrier } = context.with(propagation.setBaggage(context.active(), baggage), () =>
      queue.enqueue({ id: '1', type: 'welcome' }),
    );
    await queue.process(
      { job: { id: '1', type: 'welcome' }, carrier, number: 2, worker: 'w-1' },
      async () => {
        const log = jobs.current();
        await Promise.resolve();
        expect(jobs.current()).toBe(log);
        jobs.current().emit(SENT, { to: 'ann' });
        jobs.current().info('sent', { step: 1 });
      },
      () => GIVE_UP,
    );
    const ofJob = {
      'messaging.destination.name': 'mail',
      'queue.namespace': 'n',
      'job.id': '1',
      'job.type': 'welcome',
      'job.attempt.number': 2,
      'worker.id': 'w-1',
      'tenant.id': 'a',
      zone: 'eu',
    };
    const told = otel.logs().filter(({ eventName, body }) => eventName === 'current.sent' || body === 'sent');
    expect(told.map(({ attributes }) => attributes)).toEqual([
      { to: 'ann', ...ofJob },
      { step: 1, ...ofJob },
    ]);
    const [span] = otel.spans('process welcome');
    expect(told.map(({ spanContext }) => spanContext?.spanId)).toEqual([
      span?.spanContext().spanId,
      span?.spanContext().spanId,
    ]);
  });

  test('current() - outside of attempts, and in those of another box, is the box as it is', () => {
    const jobs = createJobs(createSignalbox({ attributes: { zone: 'eu' } }));
    const other = createJobs(createSignalbox());
    jobs.current().info('outside');
    other
      .queue('mail')
      .attempt({ job: { id: '1' }, number: 1 })
      .run(() => jobs.current().info('of another'));
    const told = otel.logs().filter(({ eventName }) => !eventName);
    expect(told.map(({ attributes }) => attributes)).toEqual([{ zone: 'eu' }, { zone: 'eu' }]);
  });

  test('current() - without a context manager is the box as it is', () => {
    resetOtel();
    otel = startOtel({ contextManager: null });
    const jobs = createJobs(createSignalbox());
    jobs
      .queue('mail')
      .attempt({ job: { id: '1' }, number: 1 })
      .run(() => jobs.current().info('within'));
    expect(
      otel
        .logs()
        .filter(({ body }) => body === 'within')
        .map(({ attributes }) => attributes),
    ).toEqual([{}]);
  });

  test('current() - the event of a signal through it says on the span what the span says; those of jobs do not', () => {
    const jobs = createJobs(createSignalbox());
    const attempt = jobs.queue('mail').attempt({ job: { id: '1' }, number: 1 });
    attempt.run(() => jobs.current().emit(SENT, { to: 'ann' }));
    attempt.completed();
    const [span] = otel.spans('process mail');
    expect(span?.events.map(({ name, attributes }) => [name, attributes?.['job.id']])).toEqual([
      ['job.started', undefined],
      ['current.sent', '1'],
      ['job.completed', undefined],
    ]);
  });

  test('current() - in a batch has the queue alone', () => {
    const jobs = createJobs(createSignalbox());
    const batch = jobs.queue('mail').batch([{ job: { id: '1' } }, { job: { id: '2' } }]);
    batch.run(() => jobs.current().info('both'));
    const [told] = otel.logs().filter(({ body }) => body === 'both');
    expect(told?.attributes).toEqual({ 'messaging.destination.name': 'mail' });
  });
});
