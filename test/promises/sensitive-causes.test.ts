import type { SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { fallback, retrying, timed } from 'signalbox/sinks';
import { recorder } from 'signalbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createReport } from '../../src/delivery/report.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';

let told: string[];
beforeEach(() => {
  told = recordDiag();
});
afterEach(resetOtel);

const CARD = '4111111111111111';
const CHARGED = defineSignal('CARD_CHARGED', { fields: { card: field.id({ sensitive: true }) } });

/** Fails with what it was shown. */
const refuse: SinkFunction = async ({ fields }) => {
  throw new Error(`no account for ${fields.card}`);
};

describe('a sink that fails with a value that was revealed to it', () => {
  test.each<[string, SinkFunction]>([
    ['alone', refuse],
    ['behind a retry', retrying(refuse, { attempts: 2, delayMillis: 1 })],
    ['before a fallback that fails too', fallback(refuse, refuse)],
    ['on closing', Object.assign(() => undefined, { close: () => Promise.reject(new Error(CARD)) })],
  ])('%s - diag is told what redactText leaves of it', async (_, sink) => {
    const box = createSignalbox({
      destinations: { sink },
      routes: [{ signals: [CHARGED], to: 'sink', reveal: ['card'] }],
      redactText: (text) => text.replaceAll(CARD, '[card]'),
    });
    box.emit(CHARGED, { card: CARD });
    await box.shutdown();
    expect(told).toEqual([expect.stringContaining('[card]')]);
    expect(told.join()).not.toContain(CARD);
  });
});

describe('without a redactText', () => {
  test.each<[string, SinkFunction, string]>([
    ['alone', refuse, 'Error'],
    [
      'with a code',
      async () => Promise.reject(Object.assign(new TypeError(CARD), { code: 'E_CARD' })),
      'TypeError E_CARD',
    ],
    ['before a fallback that fails too', fallback(refuse, refuse), 'AggregateError of Error, Error'],
    [
      'with an error that is a part of itself',
      () => {
        const error = new AggregateError([], CARD);
        error.errors.push(error);
        throw error;
      },
      'AggregateError of AggregateError of AggregateError',
    ],
    ['by a text', () => Promise.reject(CARD), 'a string'],
    [
      'on closing',
      Object.assign(() => undefined, { close: () => Promise.reject(new RangeError(CARD)) }),
      'RangeError',
    ],
  ])('a sink that fails %s - diag is told its name and its code alone', async (_, sink, named) => {
    const box = createSignalbox({
      destinations: { sink },
      routes: [{ signals: [CHARGED], to: 'sink', reveal: ['card'] }],
    });
    box.emit(CHARGED, { card: CARD });
    await box.shutdown();
    expect(told).toEqual([expect.stringContaining(`: ${named} (the box reports its message only with`)]);
    expect(told.join()).not.toContain(CARD);
  });

  test('a time limit of ours is told in full', async () => {
    const box = createSignalbox({
      destinations: { slow: timed(() => new Promise<undefined>(() => undefined), 1) },
      routes: [{ signals: '*', to: 'slow' }],
    });
    box.info('plain');
    await box.shutdown();
    expect(told).toEqual([expect.stringContaining('TimeoutError: no answer within 1 ms')]);
  });
});

const ORDERED = defineSignal('CARD_ORDERED', { fields: { err: field.error({ sensitive: true }) } });
const WITH_CAUSE = defineSignal('CARD_LOST', {
  fields: { cause: field.error({ sensitive: true, detail: 'type' }) },
});

describe('an error that is sensitive', () => {
  const thrown = Object.assign(new Error('m'), { name: 'Ann', code: 'ann_smith_1970' });

  test('leaves neither its code nor its name where no route reveals it', () => {
    const seen = recorder();
    const shown = recorder();
    const box = createSignalbox({
      destinations: { seen, shown },
      routes: [
        { signals: [ORDERED, WITH_CAUSE], to: 'seen' },
        { signals: [ORDERED], to: 'shown', reveal: ['err'] },
      ],
    });
    box.emit(ORDERED, { err: thrown });
    box.emit(WITH_CAUSE, { cause: thrown });
    expect(
      JSON.stringify(seen.emissions().map(({ fields, attributes }) => [fields, attributes])),
    ).not.toMatch(/ann/i);
    expect(seen.emissions()[1]?.attributes).toEqual({ 'error.type': '[redacted]' });
    expect(shown.emissions()[0]?.attributes['error.type']).toBe('ann_smith_1970');
  });

  test('a type that redactText changes is what leaves everywhere', async () => {
    const otel = startOtel();
    const box = createSignalbox({
      redactText: (text, { part }) => (part === 'type' ? text.replace('ann_smith_1970', 'user') : text),
    });
    const attempt = createJobs(box)
      .queue('mail')
      .attempt({ job: { id: '1' }, number: 1 });
    attempt.failed(thrown, { retry: true });
    expect(otel.spans()[0]?.attributes['error.type']).toBe('user');
    expect((await otel.points('messaging.process.duration'))[0]?.labels['error.type']).toBe('user');
    expect(
      JSON.stringify([
        otel.spans().map((s) => [s.attributes, s.events]),
        otel.logs().map((r) => r.attributes),
      ]),
    ).not.toContain('ann_smith');
  });
});

test.each([
  ['https://ann:pa55@collector:4318/v1/logs', 'https://collector:4318/v1/logs'],
  ['https://ann:pa/55@collector/v1', 'https://collector/v1'],
  ['https://token@collector/v1?api-key=5ecret&x=1 (404)', 'https://collector/v1 (404)'],
  ["'http://collector/v1/logs?5ecret'", "'http://collector/v1/logs'"],
  ['/v1/logs?api-key=5ecret', '/v1/logs'],
])('an exporter that fails at %s - diag is told neither users nor queries', (url, left) => {
  createReport()('key', 'it failed', new Error(`POST ${url} failed`));
  expect(told).toEqual([`signalbox: it failed: Error: POST ${left} failed`]);
});
