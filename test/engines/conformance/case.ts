import type { ReceivedLog, ReceivedSpan } from '../../support/otlp-model.js';
import type { Traits } from './driver.js';
import type { Ledger } from './ledger.js';
import type { Recording } from './recording.js';

/** What differs between scenarios in what must be told. */
export interface Wanted {
  /** How attempts hang on their enqueue span; `none` where nobody asked. Default `parent`. */
  readonly relation?: 'parent' | 'link' | 'none';
  /** Enqueue spans: none where the engine itself made the jobs. Default true. */
  readonly enqueued?: boolean;
  /** JOB_QUEUED: not where nobody tells that a job came. Default: as `enqueued`. */
  readonly queued?: boolean;
  /** `any` where no moment is known from which an attempt could run, to the ledger. Default `compared`. */
  readonly waits?: 'compared' | 'any';
  /** A job that the handler of another asked for: it hangs on that attempt. */
  readonly inside?: { readonly outer: string; readonly inner: string };
  /** A tenant in the baggage of whoever asked: each span and signal of the jobs tells it. */
  readonly tenant?: string;
  /** A trace that none of the jobs may be in, nor may two of them share one: ticks of a schedule that was made in it. */
  readonly apart?: string;
  /** JOB_STALLED is told of an attempt that was lost while its process lived on. */
  readonly stalls?: boolean;
  /** One enqueue span for all jobs. */
  readonly together?: boolean;
  /** What spans say as attributes of the attempt before: not where the worker is of a release that did not. Default true. */
  readonly tellsPrevious?: boolean;
  /** Where attempts are linked to the one before: in the process that saw it end (the default), or in any. */
  readonly linked?: 'here' | 'everywhere';
}

/** One comparison. */
export interface Case {
  readonly ledger: Ledger;
  readonly traits: Traits;
  readonly queue: string;
  readonly recordings: readonly Recording[];
  readonly wanted: Wanted;
  readonly options: { readonly limitMillis?: number };
  /** Everything that was told, by all processes. */
  readonly spans: readonly ReceivedSpan[];
  readonly logs: readonly ReceivedLog[];
  claim(holds: boolean, sentence: () => string): void;
}

/** How what becomes of a job hangs on its enqueue span. */
export function relationOf({ wanted, traits }: Pick<Case, 'wanted' | 'traits'>): 'parent' | 'link' | 'none' {
  return traits.carries === false ? 'none' : (wanted.relation ?? 'parent');
}

export const ERROR = 2;
export const INTERNAL = 1;
export const PRODUCER = 4;
export const CONSUMER = 5;

export function isEnqueue({ attributes }: ReceivedSpan): boolean {
  return attributes['messaging.operation.name'] === 'enqueue';
}

export function isSettle({ attributes }: ReceivedSpan): boolean {
  return attributes['messaging.operation.name'] === 'settle';
}

export function isAttempt({ attributes }: ReceivedSpan): boolean {
  return attributes['messaging.operation.name'] === 'process';
}

export function byTime<T extends { readonly time: string } | { readonly start: string }>(
  list: readonly T[],
): T[] {
  const at = (entry: T): bigint => BigInt('time' in entry ? entry.time : entry.start);
  return [...list].sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
}
