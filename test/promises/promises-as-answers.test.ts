import { runInNewContext } from 'node:vm';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { createSignalbox, defineSignal, field, when } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { filtered } from 'signalbox/sinks';
import { recorder } from 'signalbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';
import { noUnhandledRejections } from './rejections.js';

noUnhandledRejections();
let told: string[];
beforeEach(() => {
  told = recordDiag();
});
afterEach(resetOtel);

const PAID = defineSignal('INVOICE_PAID', { fields: { amount: field.number() } });

/** What an async function that fails answers, and what else stands for a promise. */
const answers: readonly (readonly [string, () => unknown])[] = [
  ['a rejection', async () => Promise.reject(new Error('late'))],
  ['a rejection of another realm', () => runInNewContext('Promise.reject(new Error("late"))')],
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
  ['a thenable whose async `then` fails', () => ({ then: async () => Promise.reject(new Error('late')) })],
  [
    'a rejection without a `then`',
    // biome-ignore lint/suspicious/noThenProperty: one without it is what is tried
    () => Object.assign(Promise.reject(new Error('late')), { then: undefined }),
  ],
  ['a promise of true', async () => true],
];

describe.each(answers)('a function of the app that answers at once gives %s', (_, answer) => {
  const as = <T>(): T => answer as T;

  test('when() - it is no match, told once', async () => {
    const seen = recorder();
    const box = createSignalbox({
      destinations: { seen },
      routes: [{ signals: when(PAID, as<() => boolean>()), to: 'seen' }],
    });
    for (let i = 0; i < 3; i++) box.emit(PAID, { amount: 1 });
    expect(seen.emissions()).toEqual([]);
    expect(told).toEqual([expect.stringContaining("route on 'INVOICE_PAID' gave a promise")]);
  });

  test('defineSignal() - a message is the name, told once', () => {
    const seen = recorder();
    const signal = defineSignal('LATE_MESSAGE', { message: as<() => string>() });
    const box = createSignalbox({ destinations: { seen }, routes: [{ signals: '*', to: 'seen' }] });
    for (let i = 0; i < 3; i++) box.emit(signal);
    expect(seen.emissions().map((e) => e.message)).toEqual(Array(3).fill('LATE_MESSAGE'));
    expect(told).toEqual([expect.stringContaining("message function of 'LATE_MESSAGE' gave a promise")]);
  });

  test('redactText - all is redacted, told once', () => {
    const seen = recorder();
    const box = createSignalbox({
      destinations: { seen },
      routes: [{ signals: '*', to: 'seen' }],
      redactText: as<() => string>(),
    });
    box.error('failed', { error: new RangeError('card 4111') });
    expect(seen.emissions()[0]?.attributes).toEqual({
      'error.type': '[redacted]',
      'exception.type': '[redacted]',
      'exception.message': '[redacted]',
      'exception.stacktrace': '[redacted]',
    });
    expect(told).toEqual([expect.stringContaining('redactText gave a promise')]);
  });

  test('redactText - it is told where only diag asks for it', async () => {
    const failing = (): never => {
      throw new Error('card 4111');
    };
    const box = createSignalbox({
      destinations: { failing },
      routes: [{ signals: '*', to: 'failing' }],
      redactText: as<() => string>(),
    });
    box.info('plain');
    await box.shutdown();
    expect(told).toHaveLength(2);
    expect(told.join()).not.toContain('4111');
  });

  test('filtered() - it passes nothing and counts as failed, in a sentence', async () => {
    const seen: unknown[] = [];
    const picky = filtered((emission) => void seen.push(emission), as<() => boolean>());
    const box = createSignalbox({ destinations: { picky }, routes: [{ signals: '*', to: 'picky' }] });
    box.info('plain');
    expect(await box.shutdown()).toMatchObject({ undelivered: { picky: { failed: 1 } } });
    expect(seen).toEqual([]);
    expect(told).toEqual([expect.stringContaining('the test of filtered() gave a promise')]);
  });

  test('jobs - relation, afterFailure and slots', async () => {
    const otel = startOtel();
    const jobs = createJobs(createSignalbox(), { relation: as<() => 'parent'>() });
    const queue = jobs.queue('mail');
    queue.worker('w', { slots: as<() => number>() }).started();
    const run = queue.process(
      { job: { id: '1' }, number: 1, worker: 'w' },
      () => Promise.reject(new Error('the work')),
      as<() => { retry: false; reason: 'cancelled' }>(),
    );
    await expect(run).rejects.toThrow('the work');
    await otel.metrics();
    expect(told).toEqual([
      expect.stringContaining('the relation function gave a promise'),
      expect.stringContaining('`afterFailure` gave a promise or no answer'),
      expect.stringContaining("the slots function of a worker of 'mail' gave a promise"),
    ]);
  });

  test('diag - a logger of it is swallowed', () => {
    const nothing = (): void => undefined;
    const logger = {
      warn: as<() => void>(),
      error: nothing,
      info: nothing,
      debug: nothing,
      verbose: nothing,
    };
    diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
    expect(() => createSignalbox({ routes: [{ signals: 'NOTHING_*', to: 'otel' }] })).not.toThrow();
  });

  test("the app's own span, meter and logger are swallowed", () => {
    const otel = startOtel();
    const counted = defineSignal('THING_COUNTED', { metrics: [{ type: 'counter', name: 'thing.counted' }] });
    const box = createSignalbox();
    otel.tracerProvider.getTracer('app').startActiveSpan('work', (span) => {
      for (const name of ['addEvent', 'setAttribute', 'setStatus', 'setAttributes', 'end'] as const)
        Object.defineProperty(span, name, { value: answer });
      box.emit(counted);
      createJobs(box)
        .queue('mail')
        .attempt({ job: {}, span: 'active' })
        .failed(new Error('no'), { retry: true });
    });
    expect(box.stats().refused).toEqual({});
  });
});

test('a monitor whose first function fails late and whose second fails at once', async () => {
  const queue = createJobs(createSignalbox()).queue('mail');
  const monitor = queue.monitor({
    depth: () => Promise.reject(new Error('late')),
    paused: () => {
      throw new Error('at once');
    },
  });
  await monitor.check();
  expect(told).toEqual([expect.stringContaining("the monitor of queue 'mail' could not look at it")]);
});
