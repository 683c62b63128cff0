import type { Emission } from '../emission/emission.js';

/**
 * What a sink did with an emission: nothing returned means delivered; `dropped` is counted under its reason.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a sink that returns nothing is the usual one
export type SinkResult = void | undefined | { readonly dropped: string };

/** What a sink gets beside the emission. */
export interface SinkCall {
  /** Aborts when the call's time limit passes or the box's shutdown deadline comes. */
  readonly signal: AbortSignal;
}

/**
 * A destination that is a function. It is called behind a bounded queue, one emission at a time, in order.
 * Throwing or rejecting counts as failed; it never reaches the app.
 *
 * @example
 * ```ts
 * import type { SinkFunction } from 'signalbox';
 *
 * const print: SinkFunction = (emission) => {
 *   console.log(emission.signal, emission.message);
 * };
 * ```
 */
export interface SinkFunction {
  (emission: Emission, call: SinkCall): SinkResult | Promise<SinkResult>;
  /**
   * Lets go of what the sink holds open. Called once by each box that has the sink, when it shuts down, after
   * the last emission has an outcome or at the deadline.
   */
  close?(): void | Promise<void>;
}
