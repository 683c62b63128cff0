import type { QueueState } from './queue-state.js';
import { writtenOut } from './scalar.js';
import { OTHER } from './semconv.js';
import { typeLabel } from './type-label.js';

/** The name that was asked for last: spans of one kind mostly come one after the other, and each that is open would hold a text of its own. */
let last = { operation: '', of: '', name: '' };

/** The name of a span of a job: by its type where types are bounded, since a trace is known by its root's name; else by its queue. */
export function spanName(state: QueueState, operation: string, type: string | undefined): string {
  const label = typeLabel(state, type);
  const of = label === undefined || label === OTHER ? state.name : label;
  if (last.operation !== operation || last.of !== of)
    last = { operation, of, name: writtenOut(`${operation} ${of}`) };
  return last.name;
}
