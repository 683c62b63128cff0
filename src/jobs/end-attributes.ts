import type { Attributes } from '@opentelemetry/api';
import { seconds } from '../emission/seconds.js';
import type { AbandonReason, AfterFailure } from './job.js';
import { ATTR } from './semconv.js';
import { known } from './span-attributes.js';

type Turnaround = number | undefined;

/** What the span of a job's end says of it: jobs are searched by these, one span at a time. `turnaround` in milliseconds. */
export function endAttributes(outcome: 'completed' | 'abandoned', turnaround: Turnaround): Attributes {
  const attributes: Attributes = { [ATTR.jobOutcome]: outcome };
  if (turnaround !== undefined) attributes[ATTR.turnaround] = seconds(turnaround);
  return attributes;
}

/** What the span of an attempt that completed its job says at its end. */
export function completedAttributes(turnaround: Turnaround): Attributes {
  const attributes = endAttributes('completed', turnaround);
  attributes[ATTR.outcome] = 'completed';
  return attributes;
}

/** What the span of a failed attempt says at its end. */
export function failedAttributes(after: AfterFailure, turnaround: Turnaround): Attributes {
  const failed = { [ATTR.outcome]: 'failed' };
  if (!after.retry) return { ...failed, ...abandonedAttributes(after.reason, turnaround) };
  const { delayMillis } = after;
  return {
    ...failed,
    ...known({ [ATTR.retryDelay]: delayMillis === undefined ? undefined : seconds(delayMillis) }),
  };
}

/** What the span of a lost attempt says at its end; `abandoned` where that was its job's end, emitted there. */
export function lostAttributes(abandoned: AbandonReason | undefined, turnaround: Turnaround): Attributes {
  const lost = { [ATTR.outcome]: 'lost' };
  return abandoned === undefined ? lost : { ...lost, ...abandonedAttributes(abandoned, turnaround) };
}

function abandonedAttributes(reason: AbandonReason, turnaround: Turnaround): Attributes {
  return { ...known({ [ATTR.abandonReason]: reason }), ...endAttributes('abandoned', turnaround) };
}
