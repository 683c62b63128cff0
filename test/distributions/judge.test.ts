import { describe, expect, test } from 'vitest';
import { cellsOf } from './judge/cells.js';
import { METRICS, SIGNALS } from './judge/expected.js';
import { differences } from './judge/own.js';
import type { Recorded, RecordedSpan } from './recorder/recorded.js';
import { NOTHING } from './recorder/recorded.js';
import type { Played } from './run/play.js';

const TRACE = 'aaaaaaaaaaaaaaaa0123456789abcdef';

function span(spanId: string, parentSpanId: string | undefined, more: Partial<RecordedSpan>): RecordedSpan {
  return {
    name: '',
    traceId: TRACE,
    spanId,
    parentSpanId,
    attributes: {},
    events: [],
    failed: false,
    ...more,
  };
}

function ours(operation: string, number?: number): Readonly<Record<string, unknown>> {
  return {
    'messaging.system.name': 'signalbox',
    'messaging.operation.name': operation,
    ...(number === undefined ? {} : { 'job.attempt.number': number }),
  };
}

const checkout = span('1', undefined, {
  name: 'checkout',
  attributes: { 'order.items': 3 },
  events: ['stock reserved', 'order.placed', 'payment.captured'],
});
const attempt = (spanId: string, number: number, events: string[]): RecordedSpan =>
  span(spanId, '2', { name: 'process receipt', attributes: ours('process', number), events });

/** All that has to arrive. */
const WHOLE: Recorded = {
  spans: [
    checkout,
    span('2', '1', { name: 'enqueue receipt', attributes: ours('enqueue'), events: ['job.queued'] }),
    attempt('3', 1, ['job.started', 'mail.bounced', 'job.failed', 'job.retrying']),
    attempt('4', 2, ['job.started', 'mail.sent', 'job.completed']),
    span('5', '3', { name: 'send mail' }),
    span('6', '4', { name: 'send mail' }),
  ],
  logs: [
    { body: 'checkout begins', eventName: undefined, traceId: TRACE, attributes: { items: 3 } },
    ...SIGNALS.map(([eventName, body]) => ({ body, eventName, traceId: TRACE, attributes: {} })),
  ],
  metrics: [
    { name: 'shop.orders', attributes: { channel: 'web' }, value: 1 },
    ...Object.entries(METRICS).map(([name, value = 7]) => ({ name, attributes: {}, value })),
  ],
};

const OWN: Recorded = {
  spans: [
    { ...checkout, events: ['stock reserved'] },
    span('5', undefined, { name: 'send mail', traceId: 'b' }),
    span('6', undefined, { name: 'send mail', traceId: 'c' }),
  ],
  logs: WHOLE.logs.slice(0, 1),
  metrics: WHOLE.metrics.slice(0, 1),
};

const played = (recorded: Recorded, problems: string[] = []): Played => ({
  recorded,
  problems,
  refused: [],
  failure: undefined,
});
const judged = (observed: Recorded, problems?: string[]) => cellsOf(played(OWN), played(observed, problems));

const YES = { logs: 'yes', spanEvents: 'yes', trace: 'yes', metrics: 'yes', describe: 'yes', own: 'yes' };

describe('the judge of a set-up', () => {
  test('all cells are yes where all arrived, however long the ids are', () => {
    expect(judged(WHOLE)).toEqual(YES);
    const short = WHOLE.spans.map((one) => ({ ...one, traceId: '123456789abcdef' }));
    expect(judged({ ...WHOLE, spans: short })).toEqual(YES);
  });

  test('nothing that arrived is no in each', () => {
    expect(judged(NOTHING)).toEqual({
      logs: 'no',
      spanEvents: 'no',
      trace: 'no',
      metrics: 'no',
      describe: 'no',
      own: 'changed',
    });
  });

  test.each<[string, Partial<typeof YES>, Recorded]>([
    ['a record is missing', { logs: '13 of 14' }, { ...WHOLE, logs: WHOLE.logs.slice(0, -1) }],
    [
      'event names are missing',
      { logs: 'without event names' },
      { ...WHOLE, logs: WHOLE.logs.map((log) => ({ ...log, eventName: undefined })) },
    ],
    [
      'a record of a span is in another trace',
      { logs: 'without trace' },
      {
        ...WHOLE,
        logs: WHOLE.logs.map((log) => (log.eventName === 'job.failed' ? { ...log, traceId: 'ff' } : log)),
      },
    ],
    [
      'a span has none of its events',
      { spanEvents: '9 of 10' },
      { ...WHOLE, spans: WHOLE.spans.map((one) => (one.spanId === '2' ? { ...one, events: [] } : one)) },
    ],
    [
      'a handler is in no attempt',
      { trace: '5 of 6 spans in place, 2 traces' },
      {
        ...WHOLE,
        spans: WHOLE.spans.map((one) =>
          one.spanId === '6' ? { ...one, parentSpanId: undefined, traceId: 'ff' } : one,
        ),
      },
    ],
    [
      'a record is told twice',
      { logs: '14 of 14, and 1 too many' },
      { ...WHOLE, logs: [...WHOLE.logs, ...WHOLE.logs.slice(-1)] },
    ],
    [
      'an event is told twice',
      { spanEvents: '10 of 10, and 1 too many' },
      {
        ...WHOLE,
        spans: WHOLE.spans.map((one) =>
          one.spanId === '2' ? { ...one, events: ['job.queued', 'job.queued'] } : one,
        ),
      },
    ],
    [
      'a metric counted twice',
      { metrics: '7 of 8' },
      { ...WHOLE, metrics: [...WHOLE.metrics, { name: 'job.ended', attributes: {}, value: 1 }] },
    ],
    ['the counter of the app is lost', { own: 'changed' }, { ...WHOLE, metrics: WHOLE.metrics.slice(1) }],
    [
      'a span of the app lost its attribute',
      { own: 'changed' },
      { ...WHOLE, spans: WHOLE.spans.map((one) => (one.spanId === '1' ? { ...one, attributes: {} } : one)) },
    ],
  ])('%s', (_, cells, recorded) => {
    expect(judged(recorded)).toEqual({ ...YES, ...cells });
  });

  test('describe() is true where it names what is missing, and only that', () => {
    const silent: Recorded = { ...WHOLE, logs: [], metrics: OWN.metrics };
    expect(judged(silent, []).describe).toBe('no');
    expect(judged(silent, ['logs: none is registered']).describe).toBe('no');
    expect(judged(silent, ['logs: none is registered', 'metrics: none is registered']).describe).toBe('yes');
    expect(judged(WHOLE, ['logs: none is registered']).describe).toBe('no');
    expect(judged(WHOLE, ['context: no ContextManager is registered']).describe).toBe('no');
  });

  test('differences() - each is named, and on which side it is', () => {
    expect(differences(OWN, { ...OWN, logs: [] })).toEqual([
      'without signalbox alone: {"log":"checkout begins","traced":true,"items":3}',
    ]);
    expect(differences({ ...OWN, logs: [] }, OWN)).toEqual([
      'with signalbox alone: {"log":"checkout begins","traced":true,"items":3}',
    ]);
  });
});
