import type { Context, HrTime } from '@opentelemetry/api';
import type { LeavingValues } from '../emission/emission.js';
import type { RevealKey } from '../emission/reveal.js';
import type { Snapshot } from '../emission/snapshot.js';
import { swallow } from '../emission/swallow.js';
import type { Severity } from '../signal/severity.js';

/** A log record as the Logs API of both lines takes it. */
export interface LogRecordLike {
  readonly eventName: string | undefined;
  readonly timestamp: HrTime;
  readonly observedTimestamp: HrTime;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: LeavingValues;
  readonly context: Context;
}

export interface LoggerLike {
  emit(record: LogRecordLike): void;
  // Some loggers answer with a promise, which says nothing at the time of the call.
  enabled?(options: {
    readonly context?: Context;
    readonly severityNumber?: number;
    readonly eventName?: string;
  }): unknown;
}

/**
 * Whether a logger says that it does not take such a record. After an SDK's shutdown, only this shows that records go nowhere. A
 * logger that can not say it counts as enabled.
 */
export function isDisabled(
  logger: LoggerLike,
  about: Parameters<NonNullable<LoggerLike['enabled']>>[0],
): boolean {
  try {
    const answer = logger.enabled?.(about);
    swallow(answer);
    return answer === false;
  } catch {
    return false;
  }
}

export interface LoggerProviderLike {
  getLogger(name: string, version?: string): LoggerLike;
}

/** Some pipelines drop the name of an event. They find it under this attribute. */
const EVENT_NAME = 'event.name';

/** The attributes of a signal's record. `withEventName` adds the name of its event, unless a field has that key. */
export function recordAttributes(
  snapshot: Snapshot,
  reveal: RevealKey,
  withEventName: boolean | undefined,
): LeavingValues {
  const attributes = snapshot.attributes(reveal);
  const { event } = snapshot.schema.signal;
  return withEventName && event !== '' ? { [EVENT_NAME]: event, ...attributes } : attributes;
}

export const severityTexts: Readonly<Record<Severity, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
};
