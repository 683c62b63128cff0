import type { WithCore } from '../box/core.js';

/** What observes an engine on a box. */
export interface Observer {
  /** It is switched off, or on again. */
  rest(isResting: boolean): void;
}

/** How an instrumentation is asked for its observer, whenever something of the engine is used. */
export interface Asked<O extends Observer> {
  /** Undefined while it is off, and until there is a box. */
  now(): O | undefined;
  /** What observed before it was switched off too. */
  last(): O | undefined;
  box(): WithCore | undefined;
}
