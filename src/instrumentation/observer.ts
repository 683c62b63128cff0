import type { WithCore } from '../box/core.js';

/** Observes an engine for a box. */
export interface Observer {
  /** Pauses it (`true`) or resumes it (`false`). */
  rest(isResting: boolean): void;
}

/** The access to an instrumentation's observer, for each use of the engine. */
export interface Asked<O extends Observer> {
  /** The observer. Undefined while the instrumentation is disabled, and until there is a box. */
  now(): O | undefined;
  /** The last observer, even if the instrumentation is disabled. */
  last(): O | undefined;
  box(): WithCore | undefined;
}
