import { hostname } from 'node:os';
import { ownError } from '../../delivery/own-error.js';
import type { Emission } from '../../emission/emission.js';
import { cut } from '../../emission/text.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { optionsOf } from '../../signal/option-checks.js';
import type { Severity } from '../../signal/severity.js';
import { checkNoBareSecret } from '../secret-options.js';
import { shownFields } from './shown-fields.js';

/** Options of {@link pagerDutyEvent}. */
export interface PagerDutyOptions {
  /** The integration key of a service or a ruleset. */
  readonly routingKey: string;
  /** The affected system. Default: the name of the host. */
  readonly source?: string | undefined;
  /**
   * Emissions with the same key are one alert, as `({ fields }) => String(fields.queue)`. Default: each emission is an alert of its
   * own.
   */
  readonly dedupKey?: ((emission: Emission) => string) | undefined;
}

/** An alert event of PagerDuty's Events API v2. */
export interface PagerDutyEvent {
  readonly routing_key: string;
  readonly event_action: 'trigger';
  readonly dedup_key: string;
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: 'critical' | 'error' | 'warning' | 'info';
    readonly timestamp: string;
    readonly class: string;
    readonly custom_details: Readonly<Record<string, unknown>>;
  };
}

const OPTIONS: OptionNames<PagerDutyOptions> = { routingKey: true, source: true, dedupKey: true };
const SEVERITIES: Readonly<Record<Severity, PagerDutyEvent['payload']['severity']>> = {
  trace: 'info',
  debug: 'info',
  info: 'info',
  warn: 'warning',
  error: 'error',
  fatal: 'critical',
};
const SUMMARY_LENGTH = 1_024;
const DEDUP_LENGTH = 255;

/**
 * An emission as an event that triggers an alert of PagerDuty. Its `dedup_key` is the same each time, so that an event that was sent
 * twice is one alert. Sensitive fields are `[redacted]` as in any sink.
 *
 * @param emission The emission that a sink gets.
 * @param options The integration key, and what the alert is about.
 * @returns The JSON that PagerDuty takes at `https://events.pagerduty.com/v2/enqueue`, one event per request. To resolve an alert,
 * send it with another action: `{ ...pagerDutyEvent(emission, options), event_action: 'resolve' }`.
 * @throws {SignalboxError} If the integration key is no text. The message does not show it.
 * @see https://developer.pagerduty.com/docs/send-alert-event
 *
 * @example
 * ```ts
 * import { pagerDutyEvent, webhook } from 'signalbox/sinks';
 *
 * const routingKey = process.env.PAGERDUTY_ROUTING_KEY ?? 'the integration key';
 * const pager = webhook({
 *   url: 'https://events.pagerduty.com/v2/enqueue',
 *   format: (emission) => pagerDutyEvent(emission, { routingKey, dedupKey: ({ signal }) => signal }),
 * });
 * ```
 */
export function pagerDutyEvent(emission: Emission, options: PagerDutyOptions): PagerDutyEvent {
  checkNoBareSecret('pagerDutyEvent: the options are', options, '{ routingKey: … }');
  const { routingKey, source = hostname(), dedupKey } = optionsOf('pagerDutyEvent', options, OPTIONS);
  if (typeof routingKey !== 'string' || routingKey === '')
    throw ownError(
      'pagerDutyEvent: `routingKey` is no text. Give the integration key of a service.',
      'SignalboxError',
    );
  const { signal, event, severity, message, timestamp, traceId, spanId } = emission;
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: cut(dedupKey?.(emission) ?? `${signal} ${timestamp} ${spanId ?? source}`, DEDUP_LENGTH),
    payload: {
      summary: cut(`${signal}: ${message}`, SUMMARY_LENGTH),
      source,
      severity: SEVERITIES[severity],
      timestamp: new Date(timestamp).toISOString(),
      class: event || signal,
      custom_details: {
        ...shownFields(emission),
        ...(traceId !== undefined && { trace_id: traceId }),
        ...(spanId !== undefined && { span_id: spanId }),
      },
    },
  };
}
