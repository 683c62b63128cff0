import type { Case } from './compare.js';
import type { EngineTraits } from './engine-traits.js';
import type { LedgerJob } from './ledger-reader.js';
import type { ReceivedSpan } from './otlp-model.js';

/** What every span of a job says of it. */
export function jobAttributes(
  { id, type, accepted }: LedgerJob,
  { system, queue, typed }: EngineTraits,
): Record<string, unknown> {
  return {
    'messaging.system.name': system,
    'messaging.destination.name': queue(type),
    'messaging.message.id': id,
    'job.id': id,
    'job.type': typed ? type : queue(type),
    ...(accepted === undefined
      ? {}
      : { 'job.priority': accepted.priority, 'job.max_attempts': accepted.maxAttempts }),
  };
}

export function sameAttributes(span: ReceivedSpan, expected: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(expected).every(([key, value]) => span.attributes[key] === value);
}

export function isSoonBefore(
  first: number,
  second: number,
  { toleranceMillis, engine }: Case['options'],
): boolean {
  const between = second - first;
  return between >= -engine.clocksMillis && between <= toleranceMillis;
}
