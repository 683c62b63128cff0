import type { Figures } from '../fault.js';

/** What the process of a fault says at its end. */
export interface Result extends Figures {
  readonly peakMegabytes: number;
  /** What does not hold, in words. None: the fault holds. */
  readonly complaints: readonly string[];
}

/** What is told of a fault whose process came to no end of its own. */
export function lost(why: string): Result {
  return {
    emitted: 0,
    arrived: 0,
    delivered: 0,
    dropped: {},
    failed: 0,
    queued: 0,
    unaccounted: 0,
    exceptions: 1,
    peakMegabytes: 0,
    complaints: [why],
  };
}
