import type { AnySignal } from '../signal/signal.js';

/** The place in the code that a note is about. */
interface Place {
  readonly at: Error;
  /** How many frames of the box lie above the app's frame. */
  readonly doors: number;
}

/** An emit with values that the box dropped and counted. */
export interface WrongValues extends Place {
  readonly kind: 'values';
  readonly signal: AnySignal;
  readonly fields: unknown;
  readonly options: unknown;
}

/** An emit that no route takes. */
export interface Unrouted extends Place {
  readonly kind: 'unrouted';
  readonly signal: AnySignal;
}

/** An emission that the destination `otel` did not take. */
export interface Untaken extends Place {
  readonly kind: 'otel';
  readonly channel: 'logs' | 'metrics';
  readonly reason: 'no_provider' | 'disabled';
}

/** Something that an adapter does not observe, as a sentence with its fix. `at` is where the app made it. */
export interface Unobserved extends Place {
  readonly kind: 'engine';
  readonly sentence: string;
}

/** A note for the developers of the app. */
export type Note = WrongValues | Unrouted | Untaken | Unobserved;
