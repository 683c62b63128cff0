import type { JobInfo } from './job.js';
import { OTHER } from './semconv.js';

/** What a queue knows of the types of its jobs. */
export interface KnownTypes {
  /** Those that are labels and in names of spans. */
  readonly types: ReadonlySet<string>;
  /** The label of jobs without a type: `_OTHER` if jobs have types, the queue's name if the queue is the type. */
  readonly unsaid: string | undefined;
}

/** The job's type if the queue knows it, else `_OTHER`. For a job without a type: `unsaid`, which is undefined if the queue's jobs have no types. */
export function typeLabel(state: KnownTypes, type: string | undefined): string | undefined {
  if (type === undefined) return state.unsaid;
  return state.types.has(type) ? type : OTHER;
}

// A job without a type takes the queue's name if the queue is the type. The label `_OTHER` is no type.
export function typeOf(state: KnownTypes, { type }: JobInfo): string | undefined {
  return type ?? (state.unsaid === OTHER ? undefined : state.unsaid);
}
