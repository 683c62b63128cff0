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
  // Some answer with a promise, which says nothing when it is asked.
  enabled?(options: {
    readonly context?: Context;
    readonly severityNumber?: number;
    readonly eventName?: string;
  }): unknown;
}

/**
 * Whether a logger says that it takes no such record. After an SDK's shutdown this alone tells that records go nowhere. One that can not
 * say it is taken to be on.
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

/** The attribute under which some pipelines, which drop the name of an event, still find it. */
const EVENT_NAME = 'event.name';

/** The attributes of a signal's record; by option with the name of its event, where no field of its own is called so. */
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
