import type { Emission } from '../emission/emission.js';

/**
 * The result of a sink. Undefined means delivered. An object with `dropped` counts as dropped for that reason.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a sink that returns nothing is the usual one
export type SinkResult = void | undefined | { readonly dropped: string };

/** The second argument of a sink. */
export interface SinkCall {
  /** Aborts at the time limit of the call or at the box's shutdown deadline. */
  readonly signal: AbortSignal;
}

/**
 * A destination that is a function. The box calls it from a bounded queue, in order, with one emission at a time unless it sets
 * {@link SinkFunction.inFlight | inFlight}. A sink that throws or rejects counts as failed; the error never reaches the app.
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
   * How many calls may be open at once: a whole number from 1. Default 1. Calls begin in the order of the emissions. Answers may come in any
   * order, and each counts for its own emission. The box reads it at construction. A sink that answers synchronously is always called one at a
   * time.
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
   * Whether its answer means that the emission survives a crash of the process and of the machine: a file after its sync or a database after
   * its commit, but not a buffer of either. Default `false`. `box.emitDurably` waits for the durable sinks that the routes select. The box reads
   * it at construction.
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
   * Whether to suppress spans of the sink's own requests when HTTP clients are instrumented. Default `false`: its requests become root spans,
   * because no span is active when the box calls the sink.
   */
  readonly untraced?: boolean | undefined;
  /**
   * Makes the sink answer the emissions that it holds back. The box calls it when it waits for outcomes (at `forceFlush`, at the shutdown, when
   * the process has nothing left to do) and has called the sink with all emissions.
   */
  flush?(): void;
  /**
   * Informs the sink about emissions that the queue in front of it dropped, so that it never got them. The box calls it when it counts them, and
   * reports an error that it throws. The box does not call it for emissions that the sink itself answers as `dropped`.
   *
   * @param reason The reason in `box.stats()`: `queue_full`, `queue_bytes`, `displaced`, `shutdown`, `closed`.
   * @param count How many, from 1.
   */
  lost?(reason: string, count: number): void;
  /**
   * Releases the resources of the sink. Each box that has the sink calls it once, at its shutdown, after the last emission has an outcome or at
   * the deadline.
   */
  close?(): void | Promise<void>;
}
