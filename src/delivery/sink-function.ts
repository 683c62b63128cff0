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
 * A destination that is a function. It is called behind a bounded queue, in order, with one emission at a time unless it says
 * {@link SinkFunction.inFlight | inFlight}. Throwing or rejecting counts as failed; it never reaches the app.
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
   * How many emissions it is given before it has answered the first: a whole number from 1. Default 1. Calls begin in the order of the
   * emissions; with more than one, answers may come in any order, and each is counted for its own emission. It is read when a box is
   * made of the sink. What answers at once is called one at a time whatever it says.
   *
   * @example
   * ```ts
   * import type { Emission, SinkFunction } from 'signalbox';
   *
   * const post: SinkFunction = Object.assign(
   *   async (emission: Emission) => {
   *     const response = await fetch('https://example.com/hook', { method: 'POST', body: emission.message });
   *     if (!response.ok) throw new Error(`the hook answered ${response.status}`);
   *   },
   *   { inFlight: 4 },
   * );
   * ```
   */
  inFlight?: number | undefined;
  /**
   * Whether its answer means that the emission survives a crash of the process and of the machine: a file after its sync, a database after
   * its commit, no buffer of either. Default `false`. `box.emitDurably` waits for the durable sinks that routes select. It is read when a
   * box is made of the sink.
   *
   * @example
   * ```ts
   * import { open } from 'node:fs/promises';
   * import type { Emission, SinkFunction } from 'signalbox';
   *
   * const ledger: SinkFunction = Object.assign(
   *   async ({ message }: Emission) => {
   *     const file = await open('ledger.txt', 'a');
   *     try {
   *       await file.appendFile(`${message}\n`);
   *       await file.datasync();
   *     } finally {
   *       await file.close();
   *     }
   *   },
   *   { durable: true },
   * );
   * ```
   */
  durable?: boolean | undefined;
  /**
   * Whether requests that the sink makes make no spans, though HTTP clients are instrumented. Default `false`: its requests are root
   * spans, for no span is active where it is called.
   */
  readonly untraced?: boolean | undefined;
  /**
   * Brings out what the sink holds back. Called when somebody waits for outcomes (`forceFlush`, the shutdown, a process that has nothing
   * left to do) and the sink has been given all of them.
   */
  flush?(): void;
  /**
   * Tells the sink of emissions that the queue in front of it dropped, so that it never got them. Called when they are counted as
   * dropped; what it throws is reported. Not told is what the sink itself answers as `dropped`.
   *
   * @param reason As `box.stats()` counts them: `queue_full`, `queue_bytes`, `displaced`, `shutdown`, `closed`.
   * @param count How many, from 1.
   */
  lost?(reason: string, count: number): void;
  /**
   * Lets go of what the sink holds open. Called once by each box that has the sink, when it shuts down, after
   * the last emission has an outcome or at the deadline.
   */
  close?(): void | Promise<void>;
}
