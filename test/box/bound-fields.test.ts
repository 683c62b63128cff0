import { context, trace } from '@opentelemetry/api';
import type { BoundBox, Emission, Signalbox } from 'signalbox';
import { bound, createSignalbox, defineSignal, field, when } from 'signalbox';
import { redactPaths } from 'signalbox/redaction';
import { recorder } from 'signalbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectSentence, wrong } from '../support/misuse.js';
import type { TestOtel } from '../support/otel.js';
import { resetOtel, startOtel } from '../support/otel.js';

const REQUEST = bound({
  tenant: field.string({ attribute: 'tenant.id' }),
  request_id: field.id({ sensitive: true }),
});
const PAID = defineSignal('BOUND_PAID', {
  fields: { order: field.id({ attribute: 'order.id' }), took: field.optional(field.duration()) },
});

let otel: TestOtel;
beforeEach(() => {
  otel = startOtel();
});
afterEach(async () => {
  await otel.shutdown();
  resetOtel();
});

function seenBy(play: (box: Signalbox) => void, options: object = {}): readonly Emission[] {
  const seen = recorder();
  const box = createSignalbox({ destinations: { seen }, routes: [{ signals: '*', to: 'seen' }], ...options });
  play(box);
  return seen.emissions();
}

describe('box.with()', () => {
  test('with() - adds the fields to signals and plain records, under their keys, redacted', () => {
    const emissions = seenBy((box) => {
      const log = box.with(REQUEST, { tenant: 'a', request_id: 'r-1' });
      log.emit(PAID, { order: 'o-1', took: 5 });
      log.info('hello', { step: 1 });
      box.emit(PAID, { order: 'o-2' });
    });
    expect(emissions.map(({ fields }) => fields)).toEqual([
      { order: 'o-1', took: 5, tenant: 'a', request_id: '[redacted]' },
      { step: 1, tenant: 'a', request_id: '[redacted]' },
      { order: 'o-2' },
    ]);
    expect(emissions.map(({ attributes }) => attributes)).toEqual([
      { 'order.id': 'o-1', took: 0.005, 'tenant.id': 'a', request_id: '[redacted]' },
      { step: 1, 'tenant.id': 'a', request_id: '[redacted]' },
      { 'order.id': 'o-2' },
    ]);
    expect(emissions[0]?.definition).toBe(PAID);
  });

  test("with() - is in the app's log records and on the span's events", () => {
    const span = trace.getTracer('app').startSpan('request');
    const log = createSignalbox().with(REQUEST, { tenant: 'a', request_id: 'r-1' });
    context.with(trace.setSpan(context.active(), span), () => log.emit(PAID, { order: 'o-1' }));
    span.end();
    const said = { 'order.id': 'o-1', 'tenant.id': 'a', request_id: '[redacted]' };
    expect(otel.logs().map(({ attributes }) => attributes)).toEqual([said]);
    expect(otel.spans()[0]?.events.map(({ attributes }) => attributes)).toEqual([said]);
  });

  test('with() - works a policy out once, and a route reveals the field to its destination alone', () => {
    const calls: string[] = [];
    const USER = bound({
      bound_user: field.id({
        sensitive: (text) => {
          calls.push(text);
          return `${text.slice(0, 1)}…`;
        },
      }),
    });
    const seen = recorder();
    const audit = recorder();
    const box = createSignalbox({
      destinations: { seen, audit },
      routes: [
        { signals: '*', to: 'seen' },
        { signals: [PAID], to: 'audit', reveal: ['bound_user'] },
      ],
    });
    const log = box.with(USER, { bound_user: 'ann' });
    for (const order of ['1', '2', '3']) log.emit(PAID, { order });
    expect(seen.emissions().map(({ fields }) => fields.bound_user)).toEqual(['a…', 'a…', 'a…']);
    expect(audit.emissions().map(({ fields }) => fields.bound_user)).toEqual(['ann', 'ann', 'ann']);
    expect(calls).toEqual(['ann']);
  });

  test("with() - a signal's own field wins, by name and by key; left out, the bound one leaves as it was declared", () => {
    const OWN = defineSignal('BOUND_OWN', {
      fields: {
        customer: field.optional(field.string({ attribute: 'tenant.id' })),
        request_id: field.optional(field.id()),
      },
    });
    const emissions = seenBy((box) => {
      const log = box.with(REQUEST, { tenant: 'a', request_id: 'r-1' });
      log.emit(OWN, { customer: 'own', request_id: 'own' });
      log.emit(OWN);
      log.info('own', { tenant: 'own' });
    });
    expect(emissions.map(({ attributes }) => attributes)).toEqual([
      { 'tenant.id': 'own', request_id: 'own' },
      { 'tenant.id': 'a', request_id: '[redacted]' },
      { tenant: 'own', request_id: '[redacted]' },
    ]);
  });

  test('with() - leaves the same attributes, whether or not a field of the signal may replace a bound one', () => {
    const ALL = bound({
      bound_text: field.string({ attribute: 'bound.text' }),
      bound_took: field.duration(),
      bound_key: field.id({ sensitive: true }),
      bound_secret_took: field.duration({ sensitive: true }),
      bound_counted: field.int({ metricsOnly: true }),
      bound_absent: field.optional(field.string()),
      bound_live: field.boolean(),
    });
    const APART = defineSignal('BOUND_APART', { fields: { order: field.id() } });
    const OVER = defineSignal('BOUND_OVER', {
      fields: { order: field.id(), bound_took: field.optional(field.duration()) },
    });
    const seen = recorder();
    const revealed = recorder();
    const box = createSignalbox({
      destinations: { seen, revealed },
      attributes: ALL.of({
        bound_text: 'a',
        bound_took: 1500,
        bound_key: 'k-1',
        bound_secret_took: 2500,
        bound_counted: 3,
        bound_live: true,
      }),
      routes: [
        { signals: '*', to: 'seen' },
        { signals: '*', to: 'revealed', reveal: ['bound_key', 'bound_secret_took'] },
      ],
    });
    for (const signal of [APART, OVER, APART]) box.emit(signal, { order: 'o-1' });
    box.info('hello', { order: 'o-1' });

    const shared = { order: 'o-1', 'bound.text': 'a', bound_took: 1.5, bound_live: true };
    const hidden = { ...shared, bound_key: '[redacted]', bound_secret_took: '[redacted]' };
    const shown = { ...shared, bound_key: 'k-1', bound_secret_took: 2.5 };
    expect(seen.emissions().map(({ attributes }) => attributes)).toEqual(Array(4).fill(hidden));
    expect(revealed.emissions().map(({ attributes }) => attributes)).toEqual(Array(4).fill(shown));
  });

  test('with() - what an error leaves under is its own, of a signal and of a plain record', () => {
    const FAILED = defineSignal('BOUND_FAILED', { fields: { cause: field.error() } });
    const emissions = seenBy((box) => {
      const log = box.with({ 'error.type': 'bound', 'exception.message': 'bound', a: 1 });
      log.emit(FAILED, { cause: new RangeError('far') });
      log.error(new RangeError('far'));
      log.info('none');
    });
    const own = { 'error.type': 'RangeError', 'exception.message': 'far', a: 1 };
    expect(emissions.map(({ attributes }) => attributes)).toMatchObject([
      own,
      own,
      { 'error.type': 'bound', 'exception.message': 'bound', a: 1 },
    ]);
  });

  test('with() - a condition of a route sees the values as they were given', () => {
    const TIMED = bound({ at: field.time(), secret: field.text({ sensitive: true }) });
    const at = new Date(0);
    const told: unknown[] = [];
    const seen = recorder();
    const box = createSignalbox({
      destinations: { seen },
      routes: [
        {
          signals: [
            when(PAID, (values) => {
              told.push(values);
              return (values as { secret?: string }).secret === 's';
            }),
          ],
          to: 'seen',
        },
      ],
    });
    box.with(TIMED, { at, secret: 's' }).emit(PAID, { order: '1' });
    box.with(TIMED, { at, secret: 'other' }).emit(PAID, { order: '2' });
    box.emit(PAID, { order: '3' });
    expect(told).toEqual([
      { order: '1', at, secret: 's' },
      { order: '2', at, secret: 'other' },
      { order: '3' },
    ]);
    expect(seen.emissions().map(({ fields }) => fields.order)).toEqual(['1']);
  });

  test('with() - of a bound box adds, and the later value wins', () => {
    const emissions = seenBy((box) => {
      const first = box.with({ a: 1, b: 1 });
      const second = first.with({ b: 2, c: 2 });
      for (const log of [second, first, second.with(REQUEST, { tenant: 't', request_id: 'r' })])
        log.info('x');
    });
    expect(emissions.map(({ fields }) => fields)).toEqual([
      { a: 1, b: 2, c: 2 },
      { a: 1, b: 1 },
      { a: 1, b: 2, c: 2, tenant: 't', request_id: '[redacted]' },
    ]);
  });

  test('with() - takes values by name as plain records do, the redaction of those included', () => {
    const emissions = seenBy(
      (box) => {
        const log = box.with({
          at: new Date(0),
          card: { number: '4111', brand: 'v' },
          error: new RangeError('far'),
        });
        log.info('plain');
        log.emit(PAID, { order: '1' });
      },
      { redact: redactPaths(['card.number']) },
    );
    const fields = { at: '1970-01-01T00:00:00.000Z', error: 'RangeError: far' };
    expect(emissions).toMatchObject([{ fields }, { fields: { ...fields, order: '1' } }]);
    expect(JSON.stringify(emissions)).not.toContain('4111');
    expect(emissions[1]?.errors).toBeUndefined();
  });

  test('with() - reads each value once, guarded, and counts what is none', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [{ signals: '*', to: 'seen' }] });
    let reads = 0;
    const values = {
      get tenant(): string {
        reads++;
        return 'a';
      },
      get request_id(): string {
        throw new Error('no');
      },
    };
    const log = box.with(REQUEST, Object.freeze(values));
    log.info('1');
    log.info('2');
    expect(reads).toBe(1);
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    const none: BoundBox[] = [hostile, null, 5, 'text', [1], () => 1].map((given) => box.with(wrong(given)));
    for (const one of none) one.info('none');
    box.with(REQUEST, wrong({ tenant: 5, other: 1 })).info('wrong');
    expect(seen.emissions().map(({ fields }) => fields)).toEqual([
      ...Array.from({ length: 2 }, () => ({ tenant: 'a', request_id: '[redacted]' })),
      ...none.map(() => ({})),
      {},
    ]);
    expect(box.stats().values).toMatchObject({ unserializable: 2, wrongType: 6, undeclared: 1 });
  });

  test('with() - of what answers nothing as it should binds nothing, and counts it', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const yes = new Proxy({}, { get: () => true });
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [{ signals: '*', to: 'seen' }] });
    const log = box.with({ a: 1 });
    for (const given of [revoked.proxy, yes]) log.with(wrong(given)).info('still');
    expect(seen.emissions().map(({ fields }) => fields)).toEqual([{ a: 1 }, { a: 1 }]);
    expect(box.stats().values.unserializable).toBe(2);
    for (const given of [revoked.proxy, yes])
      expectSentence(
        () => createSignalbox({ attributes: wrong(given) }),
        'createSignalbox: `attributes` has a value that is missing, undeclared or not of its kind. Give each declared field a value of its kind, and no other.',
      );
  });

  test('with() - never throws, however little of the stack is left', () => {
    const box = createSignalbox({ destinations: { seen: () => undefined } });
    const log = box.with({ a: 1 });
    const values = { b: 2 };
    const thrown = new Set<string>();
    /** Calls `with` once at each depth, up to the end of the stack. */
    const deeper = (): void => {
      try {
        deeper();
      } catch {
        // Of this function: the frames below it have no room.
      }
      try {
        log.with(values);
      } catch (error) {
        thrown.add(String((error as Error).stack).split('\n')[1] ?? '');
      }
    };
    deeper();
    expect([...thrown].filter((frame) => frame.includes('bound-boxes'))).toEqual([]);
  });

  test('with() - an emit is durable through it, and refused by a box that is shut down or disabled', async () => {
    const seen = Object.assign((emission: Emission) => void lines.push(emission.fields), {
      durable: true as const,
    });
    const lines: unknown[] = [];
    const box = createSignalbox({ destinations: { seen } });
    const log = box.with({ a: 1 });
    expect(await log.emitDurably(PAID, { order: '1' })).toMatchObject({ durable: true, by: ['seen'] });
    expect(lines).toEqual([{ order: '1', a: 1 }]);
    await box.shutdown();
    log.emit(PAID, { order: '2' });
    expect(await log.emitDurably(PAID, { order: '3' })).toMatchObject({
      durable: false,
      missing: { '*': 'closed' },
    });
    expect(box.stats().refused).toMatchObject({ closed: 2 });
    const off = createSignalbox({ destinations: { seen } });
    const bound = off.with({ a: 1 });
    off.disable();
    bound.info('nothing');
    expect(lines).toHaveLength(1);
  });

  test('with() - its functions work without it', () => {
    const emissions = seenBy((box) => {
      const { info, emit, with: more } = box.with({ a: 1 });
      info('x');
      emit(PAID, { order: '1' });
      more({ b: 2 }).info('y');
    });
    expect(emissions.map(({ fields }) => fields)).toEqual([{ a: 1 }, { order: '1', a: 1 }, { a: 1, b: 2 }]);
  });
});

describe('bound labels', () => {
  const COUNTED = defineSignal('BOUND_COUNTED', {
    fields: { kind: field.string(), tenant: field.optional(field.string()) },
    metrics: [{ type: 'counter', name: 'bound.counted', unit: '{1}', by: ['kind', 'tenant'] }],
  });
  const labelled = bound({ tenant: field.string(), user: field.id() }, { labels: ['tenant'] });

  test('labels - are on metrics where the declaration says so, and never of plain values', async () => {
    const box = createSignalbox();
    const log = box.with(labelled, { tenant: 'a', user: 'u' });
    for (const one of [
      log,
      box,
      box.with({ tenant: 'plain' }),
      box.with(REQUEST, { tenant: 'b', request_id: 'r' }),
    ])
      one.emit(COUNTED, { kind: 'k' });
    log.emit(COUNTED, { kind: 'k', tenant: 'own' });
    await box.forceFlush();
    const points = (await otel.points('bound.counted')).map(({ labels, value }) => [labels, value]);
    expect(points).toEqual(
      expect.arrayContaining([
        [{ kind: 'k', tenant: 'a' }, 1],
        [{ kind: 'k' }, 3],
        [{ kind: 'k', tenant: 'own' }, 1],
      ]),
    );
    expect(points).toHaveLength(3);
  });

  test('labels - are not there where the signal gives a field of that name, which may be no label', async () => {
    const OWN = defineSignal('BOUND_OWN_TENANT', {
      fields: { tenant: field.optional(field.string()) },
      metrics: [{ type: 'counter', name: 'bound.own_tenant', unit: '{1}' }],
    });
    const log = createSignalbox().with(labelled, { tenant: 'a', user: 'u' });
    log.emit(OWN, { tenant: 'own' });
    log.emit(OWN);
    expect((await otel.points('bound.own_tenant')).map(({ labels }) => labels)).toEqual([
      {},
      { tenant: 'a' },
    ]);
  });
});

describe('createSignalbox({ attributes })', () => {
  const ZONE = bound({ zone: field.oneOf(['eu', 'us']) });

  test('attributes - are of all that the box emits, and what is bound later wins', () => {
    const emissions = seenBy(
      (box) => {
        box.info('x');
        box.emit(PAID, { order: '1' });
        box.with({ zone: 'other', a: 1 }).info('y');
      },
      { attributes: ZONE.of({ zone: 'eu' }) },
    );
    expect(emissions.map(({ fields }) => fields)).toEqual([
      { zone: 'eu' },
      { order: '1', zone: 'eu' },
      { zone: 'other', a: 1 },
    ]);
  });

  test('attributes - that are none are refused', () => {
    for (const [given, text] of [
      [5, '5'],
      [[1], 'a list of 1'],
      [null, 'null'],
    ] as const)
      expectSentence(
        () => createSignalbox({ attributes: wrong(given) }),
        `createSignalbox: \`attributes\` is ${text}. Give values by name, or what \`bound(…).of(…)\` returns.`,
      );
    expectSentence(
      () => createSignalbox({ attributes: ZONE.of(wrong({ zone: 'mars' })) }),
      'createSignalbox: `attributes` has a value that is missing, undeclared or not of its kind. Give each declared field a value of its kind, and no other.',
    );
  });

  test('attributes - of more names than leave are refused; a text that was cut is counted', () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`n${i}`, i]));
    expectSentence(
      () => createSignalbox({ attributes: many }),
      'createSignalbox: `attributes` has 65 names. Give 64 at most, or declare more with `bound`.',
    );
    const box = createSignalbox({ attributes: { long: 'x'.repeat(5000) } });
    expect(box.stats().values.truncated).toBe(1);
  });
});

describe('bound()', () => {
  test.each([
    [
      () => bound({ e: field.error() }),
      "bound: the field 'e' is an error, which belongs to one record. Give it to the emit, or bind a field.text().",
    ],
    [
      () => bound({ a: field.id() }, wrong({ labels: ['a'] })),
      "bound: the label 'a' is of kind id. Labels are string, oneOf or boolean, and not sensitive.",
    ],
    [
      () => bound({ a: field.string({ sensitive: true }) }, wrong({ labels: ['a'] })),
      "bound: the label 'a' is sensitive. Labels are string, oneOf or boolean, and not sensitive.",
    ],
    [
      () => bound({ a: field.string() }, wrong({ labels: ['b'] })),
      "bound: the label 'b' is not one of the fields. There are: a.",
    ],
    [
      () => bound({ a: field.string() }, wrong({ labels: 'a' })),
      "bound: `labels` is 'a'. Give a list of names of the fields.",
    ],
    [
      () => bound({ a: field.string() }, wrong({ label: ['a'] })),
      "bound: there is no option 'label'. Did you mean 'labels'? There is `labels`.",
    ],
    [
      () => bound(wrong(5)),
      'bound: `fields` is 5. Give an object of fields by name, as in { job_id: field.id() }.',
    ],
  ])('bound() - refuses what can not be bound: %#', (declare, sentence) => {
    expectSentence(declare, sentence);
  });
});
