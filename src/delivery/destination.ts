import type { Emission } from '../emission/emission.js';
import type { Account, Channel } from './ledger.js';
import type { Report } from './report.js';

/** What a box gives a destination when it connects it. */
export interface Connection {
  /** The destination's name in the box. */
  readonly name: string;
  readonly account: (channel: Channel) => Account;
  readonly report: Report;
  /** Runs `fn` in a context without the current span, marked so that emits in it are not given to this destination. */
  readonly inside: <T>(fn: () => T) => T;
}

/** A deadline as epoch-free milliseconds from now, and the signal that fires at it. */
export interface Deadline {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal;
}

/** A connected destination: what the box hands things to. Nothing of it may throw. */
export interface Port {
  readonly kind: 'sink' | 'exporters';
  /** Takes one emission on the `sink` channel. The box has counted it as routed. */
  accept?(emission: Emission): void;
  queue?(): { readonly size: number; readonly capacity: number };
  /** Settles when what was taken so far has an outcome, or at the deadline. */
  forceFlush(deadline: Deadline): Promise<void>;
  /** As forceFlush; what has no outcome at the deadline is counted `shutdown`, what comes later `closed`. */
  shutdown(deadline: Deadline): Promise<void>;
}

/** A named place that signals go to. The core knows no kind of it by name. */
export interface Destination {
  readonly kind: 'sink' | 'exporters';
  readonly channels: readonly Channel[];
  connect(connection: Connection): Port;
}
