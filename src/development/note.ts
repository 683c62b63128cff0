import type { AnySignal } from '../signal/signal.js';

/** Values of an emit that were counted as not what they should be. */
export interface WrongValues {
  readonly kind: 'values';
  readonly signal: AnySignal;
  readonly fields: unknown;
  readonly options: unknown;
  readonly at: Error;
}

/** An emit that no route takes. */
export interface Unrouted {
  readonly kind: 'unrouted';
  readonly signal: AnySignal;
  readonly at: Error;
}

/** What the destination `otel` did not take. */
export interface Untaken {
  readonly kind: 'otel';
  readonly channel: 'logs' | 'metrics';
  readonly reason: 'no_provider' | 'disabled';
  readonly at: Error;
}

/** What an adapter does not observe, as a sentence that has its fix; `at` is where the app made it. */
export interface Unobserved {
  readonly kind: 'engine';
  readonly sentence: string;
  readonly at: Error;
}

/** What is to be told to whoever develops the app. */
export type Note = WrongValues | Unrouted | Untaken | Unobserved;

/** What the core lends to those who tell, so that they are a file of their own. */
export interface Tools {
  withoutOwnFrames(stack: string, limit: number): string;
  /** ` Did you mean 'x'?`, or nothing. */
  didYouMean(name: string, known: Iterable<string>): string;
}
