import type { JobInfo } from './job.js';
import { OTHER } from './semconv.js';

/** What a queue knows of the types of its jobs. */
export interface KnownTypes {
  /** Those that are labels and in names of spans. */
  readonly types: ReadonlySet<string>;
  /** What stands for the type where nobody says it: `_OTHER` where jobs have types, the queue's name where it is the type. */
  readonly unsaid: string | undefined;
}

/** The job's type where types are known, `_OTHER` for others and where it is not said, nothing where jobs have none. */
export function typeLabel(state: KnownTypes, type: string | undefined): string | undefined {
  if (type === undefined) return state.unsaid;
  return state.types.has(type) ? type : OTHER;
}

// Where nobody says the type, it is known where the queue is it; that it is another is no type.
export function typeOf(state: KnownTypes, { type }: JobInfo): string | undefined {
  return type ?? (state.unsaid === OTHER ? undefined : state.unsaid);
}
