import type { AnySignal } from '../signal/signal.js';

/** Where a note was taken. */
interface Place {
  readonly at: Error;
  /** How many frames a box put on the stack above the app. */
  readonly doors: number;
}

/** Values of an emit that were counted as not what they should be. */
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

/** What the destination `otel` did not take. */
export interface Untaken extends Place {
  readonly kind: 'otel';
  readonly channel: 'logs' | 'metrics';
  readonly reason: 'no_provider' | 'disabled';
}

/** What an adapter does not observe, as a sentence that has its fix; `at` is where the app made it. */
export interface Unobserved extends Place {
  readonly kind: 'engine';
  readonly sentence: string;
}

/** What is to be told to whoever develops the app. */
export type Note = WrongValues | Unrouted | Untaken | Unobserved;
