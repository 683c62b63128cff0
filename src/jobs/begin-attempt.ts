import { StartedAttempt } from './attempt.js';
import type { AttemptInfo } from './attempt-info.js';
import type { Previous } from './attempt-moments.js';
import { momentsOf, waitedFrom } from './attempt-moments.js';
import type { AttemptSpan } from './attempt-span.js';
import { startAttemptSpan } from './attempt-span.js';
import type { AttemptStart } from './attempt-start.js';
import type { Carried } from './baggage.js';
import { spanContextOf } from './carrier.js';
import { since } from './elapsed.js';
import type { OwnAttemptInfo } from './given.js';
import type { HandleOptions } from './handle-options.js';
import { originOf } from './origin.js';
import type { QueueState } from './queue-state.js';
import { relationOf } from './relation.js';
import { waitSpans } from './wait-spans.js';
import type { WorkerTelemetry } from './workers.js';

/** What the attempts of a batch have in common. */
export interface SharedStart {
  readonly span: AttemptSpan;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly worker: WorkerTelemetry | string | undefined;
}

/** The previous attempt, as the caller gave it or as this process remembers it. */
export function previousOf(state: QueueState, info: AttemptInfo): Previous {
  return info.previous ?? state.memory.before(info.job.id, info.number);
}

/** What is told of the baggage that a job carries; null where it carries none that is told. */
export function carriedBy(state: QueueState, { carrier, job, span }: AttemptInfo): Carried | null {
  const { baggage, core } = state;
  if (!baggage) return null;
  const carried = baggage.of(originOf(state, carrier, job.id));
  // Where the engine made the span, its context may be all that there is.
  return carried ?? (span === 'active' ? baggage.of(core.activeContext()) : undefined) ?? null;
}

/** Starts an attempt, on a span of its own or on the one that its batch shares. `info` gets its moments by the clock that starts with it. */
export function beginAttempt(
  state: QueueState,
  how: HandleOptions,
  info: OwnAttemptInfo,
  shared?: SharedStart,
): StartedAttempt {
  const { core } = state;
  const clock = core.anchoredClock();
  const moments = momentsOf(core, clock, info, previousOf(state, info), shared?.startedAt);
  const { startedAt, previous } = moments;
  info.runnableAt = moments.runnableAt;
  info.firstRunnableAt = moments.firstRunnableAt;
  info.startedAt = startedAt;
  const start: AttemptStart = {
    state,
    info,
    clock,
    startedAt,
    worker: state.workers.of(shared?.worker ?? info.worker),
    wait: since(waitedFrom(info.runnableAt, previous), startedAt),
    how,
    relation: shared ? 'link' : relationOf(core, how.relation, info),
    previous,
    carried: carriedBy(state, info),
  };
  if (shared) return new StartedAttempt(start, shared.span);
  const span = startAttemptSpan(start);
  const attempt = new StartedAttempt(start, span);
  // Below an enqueue that many are linked to, their waits would grow one endless trace.
  if (how.waitSpans && start.relation === 'parent')
    waitSpans(state, info, previous, startedAt, spanContextOf(span.context));
  return attempt;
}
