/** What became of an emit that a box took up. */
export type EmitOutcome = 'emitted' | 'unrouted' | 'silenced' | 'conflict' | 'depth' | 'error';

/**
 * Counts of what was emitted and what did not get past the door: each emit that returns is one of them. They are plain numbers, for where there
 * is no stack left nothing can be called, not even to count.
 */
export class EmitCounts {
  emitted = 0;
  unrouted = 0;
  silenced = 0;
  closed = 0;
  depth = 0;
  conflict = 0;
  error = 0;

  /** Those that did not get past the door, by reason. */
  get refused(): ReadonlyMap<string, number> {
    const { closed, depth, conflict, error } = this;
    const all = Object.entries({ closed, depth, conflict, error });
    return new Map(all.filter(([, n]) => n > 0));
  }
}
