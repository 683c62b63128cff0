import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import * as field from '../../../src/signal/field.js';
import { severities } from '../../../src/signal/severity.js';
import { defineSignal } from '../../../src/signal/signal.js';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import { pagerDutyEvent } from '../../../src/sinks/webhook/pager-duty-event.js';
import { emissionOf, TICKED } from '../../delivery/helpers.js';

const QUEUE_STUCK = defineSignal('QUEUE_STUCK', {
  severity: 'fatal',
  message: 'Queue is stuck',
  fields: { queue: field.string(), owner: field.id({ sensitive: true }), waits: field.duration() },
});
const routingKey = 'r'.repeat(32);

describe('pagerDutyEvent()', () => {
  test('pagerDutyEvent() - triggers an alert with what the emission says', () => {
    const emission = emissionOf(
      QUEUE_STUCK,
      { queue: 'mail', owner: '[redacted]', waits: 90_000 },
      { traceId: 't', spanId: 's' },
    );
    expect(pagerDutyEvent(emission, { routingKey, source: 'shop-1' })).toEqual({
      routing_key: routingKey,
      event_action: 'trigger',
      dedup_key: `QUEUE_STUCK ${emission.timestamp} s`,
      payload: {
        summary: 'QUEUE_STUCK: Queue is stuck',
        source: 'shop-1',
        severity: 'critical',
        timestamp: '2023-10-20T14:30:15.250Z',
        class: 'queue.stuck',
        custom_details: { queue: 'mail', owner: '[redacted]', waits: '90s', trace_id: 't', span_id: 's' },
      },
    });
  });

  test('pagerDutyEvent() - is the same event each time, of this host by default', () => {
    const emission = emissionOf();
    const event = pagerDutyEvent(emission, { routingKey });
    expect(pagerDutyEvent(emission, { routingKey })).toEqual(event);
    expect(event.payload.source).toBe(hostname());
    expect(pagerDutyEvent(emissionOf(TICKED, {}, { timestamp: 1 }), { routingKey }).dedup_key).not.toBe(
      event.dedup_key,
    );
  });

  test('pagerDutyEvent() - has a severity of PagerDuty for each', () => {
    expect(
      severities.map(
        (severity) => pagerDutyEvent(emissionOf(TICKED, {}, { severity }), { routingKey }).payload.severity,
      ),
    ).toEqual(['info', 'info', 'info', 'warning', 'error', 'critical']);
  });

  test('pagerDutyEvent() - keeps to what PagerDuty takes: 1,024 characters of summary, 255 of dedup_key', () => {
    const event = pagerDutyEvent(emissionOf(TICKED, {}, { message: 'm'.repeat(4_000) }), {
      routingKey,
      dedupKey: ({ message }) => message,
    });
    expect([event.payload.summary.length, event.dedup_key.length]).toEqual([1_024, 255]);
  });

  test.each([undefined, '', 17])(
    'pagerDutyEvent() - refuses the integration key %o, and does not show it',
    (key) => {
      const make = (): unknown => pagerDutyEvent(emissionOf(), { routingKey: key as string });
      expect(make).toThrow(SignalboxError);
      expect(make).toThrow('pagerDutyEvent: `routingKey` is no text. Give the integration key of a service.');
    },
  );

  test('pagerDutyEvent() - refuses an integration key in the place of its options, and does not show it', () => {
    const make = (): unknown => pagerDutyEvent(emissionOf(), 's3cret' as never);
    expect(make).toThrow(SignalboxError);
    expect(make).toThrow(
      'pagerDutyEvent: the options are of type string (not shown, for it may be a secret).',
    );
    expect(make).not.toThrow(/s3cret/);
  });
});
