/** The outcome of one emit. */
export type EmitOutcome = 'emitted' | 'unrouted' | 'silenced' | 'conflict' | 'depth' | 'error';

/**
 * The outcomes of all emits: each emit that returns adds one. They are plain numbers, because an emit on an exhausted stack can call no
 * method, not even to count.
 */
export class EmitCounts {
  emitted = 0;
  unrouted = 0;
  silenced = 0;
  closed = 0;
  depth = 0;
  conflict = 0;
  error = 0;

  /** Refused emits by reason. */
  get refused(): ReadonlyMap<string, number> {
    const { closed, depth, conflict, error } = this;
    const all = Object.entries({ closed, depth, conflict, error });
    return new Map(all.filter(([, n]) => n > 0));
  }
}
