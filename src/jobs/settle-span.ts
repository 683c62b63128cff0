import type { Context, Link } from '@opentelemetry/api';
import { hrTime } from '../telemetry/clock.js';
import { spanOf, withoutSpan, withSpan } from '../telemetry/context.js';
import { spanContextOf } from './carrier.js';
import { endAttributes } from './end-attributes.js';
import type { JobInfo, Relation } from './job.js';
import type { QueueState } from './queue-state.js';
import { ATTR, ENQUEUED_BY, INTERNAL, SETTLE, STATUS_ERROR } from './semconv.js';
import { addCarried, known, spanAttributes } from './span-attributes.js';
import { spanName } from './span-name.js';
import { startSpan } from './start-span.js';
import { quietly } from './tracing-guard.js';

/** The end of a job that is heard of. */
export interface Settled {
  readonly outcome: 'completed' | 'abandoned';
  readonly reason?: string | undefined;
  /** Milliseconds. */
  readonly turnaround?: number | undefined;
  /** Of the span's status, where the end is an error. */
  readonly message?: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Of one end. */
export interface SettleSpan {
  /** In which the end is emitted. */
  readonly context: Context;
  /** False where there is no tracer: what is emitted is then no event on it. */
  readonly isOwn: boolean;
  readonly end: () => void;
}

/** A span for a moment: the end of a job that none of its attempts emits. Tied to the enqueue as attempts are. */
export function settleSpan(
  state: QueueState,
  job: JobInfo,
  origin: Context,
  relation: Relation,
  { outcome, reason, turnaround, message, at }: Settled,
): SettleSpan {
  const { core } = state;
  const enqueued = relation === 'link' ? spanContextOf(origin) : undefined;
  const links: Link[] = enqueued
    ? [{ context: enqueued, attributes: { [ATTR.linkReason]: ENQUEUED_BY } }]
    : [];
  const parent = relation === 'parent' ? origin : withoutSpan(origin);
  const attributes = {
    ...spanAttributes(state, SETTLE, SETTLE, job),
    ...endAttributes(outcome, turnaround),
    ...known({
      [ATTR.abandonReason]: reason,
      [ATTR.errorType]: message === undefined ? undefined : reason,
    }),
  };
  addCarried(attributes, state.baggage?.of(origin));
  const options = {
    kind: INTERNAL,
    startTime: hrTime(at),
    attributes,
    links,
    root: spanOf(parent) === undefined,
  };
  const span = startSpan(core, spanName(state, SETTLE, job.type), options, parent);
  return {
    context: span ? withSpan(parent, span) : origin,
    isOwn: span !== undefined,
    end: () => {
      if (message !== undefined)
        quietly(core, 'setStatus', () => span?.setStatus({ code: STATUS_ERROR, message }));
      quietly(core, 'end', () => span?.end(hrTime(at)));
    },
  };
}
