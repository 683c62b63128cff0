import type { QueueState } from './queue-state.js';
import { OTHER } from './semconv.js';
import { typeLabel } from './type-label.js';

/** The name of a span of a job: by its type where types are bounded, since a trace is known by its root's name; else by its queue. */
export function spanName(state: QueueState, operation: string, type: string | undefined): string {
  const label = typeLabel(state, type);
  return `${operation} ${label === undefined || label === OTHER ? state.name : label}`;
}
