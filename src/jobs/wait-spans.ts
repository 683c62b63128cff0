import type { Context, SpanContext } from '@opentelemetry/api';
import { hrTime } from '../telemetry/clock.js';
import type { AttemptInfo } from './attempt-info.js';
import type { PreviousAttempt, RememberedAttempt } from './attempt-memory.js';
import { waitedFrom } from './attempt-moments.js';
import { spanContextOf } from './carrier.js';
import { originOf } from './origin.js';
import type { QueueState } from './queue-state.js';
import { ATTR, BACKOFF, INTERNAL, WAIT } from './semconv.js';
import { addCarried, jobAttributes, known } from './span-attributes.js';
import { spanName } from './span-name.js';
import { startSpan } from './start-span.js';
import { quietly } from './tracing-guard.js';

/** From one moment to another, in epoch milliseconds. */
type Gap = readonly [from: number | undefined, to: number | undefined];

/**
 * Spans for the time between a job's attempts, children of its enqueue span: `backoff`, the delay of a retry, and `wait`, from when an
 * attempt could run to when it began. They are made when the next attempt begins, and go where its span goes. A gap whose ends are not
 * both known has no span.
 */
export function waitSpans(
  state: QueueState,
  info: AttemptInfo,
  previous: PreviousAttempt | RememberedAttempt | undefined,
  startedAt: number,
  attempt: SpanContext | undefined,
): void {
  const origin = originOf(state, info.carrier, info.job.id);
  if (!spanContextOf(origin)) return;
  gapSpan(state, info, origin, attempt, BACKOFF, [previous?.endedAt, previous?.retryAt]);
  gapSpan(state, info, origin, attempt, WAIT, [waitedFrom(info.runnableAt, previous), startedAt]);
}

function gapSpan(
  state: QueueState,
  { job, number, countedAtEnd }: AttemptInfo,
  origin: Context,
  attempt: SpanContext | undefined,
  what: string,
  [from, to]: Gap,
): void {
  if (from === undefined || to === undefined || !(to > from)) return;
  const attributes = {
    ...jobAttributes(state, job),
    ...known({ [ATTR.attempt]: countedAtEnd ? undefined : number }),
  };
  addCarried(attributes, state.baggage?.of(origin));
  const options = { kind: INTERNAL, startTime: hrTime(from), attributes };
  const span = startSpan(state.core, spanName(state, what, job.type), options, origin);
  // No signal is emitted on this span: it goes to the destination of the attempt.
  if (span && attempt) state.core.spanRoutes.follow(span.spanContext(), attempt);
  quietly(state.core, 'end', () => span?.end(hrTime(to)));
}
