import type { Received, ReceivedEvent, ReceivedLog, ReceivedSeries, ReceivedSpan } from '../otlp-model.js';

/** One way in which telemetry can be untrue, and what the comparison must say of it. */
export interface Spoil {
  /** Completes the sentence "finds …". */
  readonly what: string;
  readonly spoil: (received: Received) => void;
  readonly finds: RegExp;
}

export const attempts = ({ spans }: Received): ReceivedSpan[] =>
  spans.filter(({ attributes }) => attributes['messaging.operation.name'] === 'process');
export const enqueues = ({ spans }: Received): ReceivedSpan[] =>
  spans.filter(({ attributes }) => attributes['messaging.operation.name'] === 'enqueue');
export const failed = (received: Received): ReceivedSpan =>
  first(attempts(received), ({ status }) => status === 2);
export const completed = (received: Received): ReceivedSpan =>
  first(attempts(received), ({ status }) => status === 0);
export const second = (received: Received): ReceivedSpan =>
  first(attempts(received), ({ attributes }) => attributes['job.attempt.number'] === 2);
export const rejected = (received: Received): ReceivedSpan =>
  first(enqueues(received), ({ status }) => status === 2);
export const log = ({ logs }: Received, name: string): ReceivedLog =>
  first(logs, ({ eventName }) => eventName === name);
export const series = ({ series: all }: Received, name: string): ReceivedSeries =>
  first(all, ({ metric }) => metric === name);
export const event = (span: ReceivedSpan): ReceivedEvent => first(span.events, () => true);

/** The first that fits. Throws where there is none: a spoil that spoils nothing would prove nothing. */
export function first<T>(items: readonly T[], fits: (item: T) => boolean): T {
  const found = items.find(fits);
  if (found === undefined) throw new Error('the captured run has nothing to spoil here');
  return found;
}

export function drop<T>(items: T[], item: T): void {
  items.splice(items.indexOf(item), 1);
}

export function later(nanos: string, millis: number): string {
  return String(BigInt(nanos) + BigInt(Math.round(millis * 1e6)));
}

export function move(span: ReceivedSpan, millis: number): void {
  span.start = later(span.start, millis);
  span.end = later(span.end, millis);
  for (const each of span.events) each.time = later(each.time, millis);
}
