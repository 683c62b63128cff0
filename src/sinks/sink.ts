import { checkSink } from '../delivery/check-sink.js';
import type { Destination } from '../delivery/destination.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import { sinkDestination } from '../delivery/sink-port.js';
import type { OptionNames, Renamed } from '../signal/option-checks.js';
import { checkCount, checkMillis, optionsOf } from '../signal/option-checks.js';
import type { RetryOptions } from './modifiers/retrying.js';
import { retrying } from './modifiers/retrying.js';
import { timed } from './modifiers/timed.js';

/** Options of {@link sink}. */
export interface SinkOptions {
  /** Tries again when the sink throws or rejects, as {@link retrying} does. Default: no second try. */
  readonly retry?: RetryOptions | undefined;
  /**
   * The time limit of each try in milliseconds, as {@link timed} gives it. Default: none but the shutdown's.
   */
  readonly timeoutMillis?: number | undefined;
  /**
   * How many emissions wait for the sink at most; beyond, they are dropped as `queue_full`. Default 16,384; for a
   * console and files as many as `capacityBytes` allows.
   */
  readonly capacity?: number | undefined;
  /**
   * How many bytes wait for the sink at most, as the emissions are estimated; beyond, they are dropped as
   * `queue_bytes`. Default 64 MiB.
   */
  readonly capacityBytes?: number | undefined;
}

const OPTIONS: OptionNames<SinkOptions> = {
  retry: true,
  timeoutMillis: true,
  capacity: true,
  capacityBytes: true,
};

const RENAMED: Renamed = { queue: 'capacity', queueBytes: 'capacityBytes' };

/**
 * Makes a function a destination. A function alone is one too; this adds the common options. They are the
 * modifiers of the same meaning: `sink(fn, { retry, timeoutMillis })` is `sink(retrying(timed(fn,
 * timeoutMillis), retry))`.
 *
 * @param fn The sink.
 * @param options Retry, time limit and bounds of the queue.
 * @throws {SignalboxError} When `fn` is no function or an option is out of range.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { sink } from 'signalbox/sinks';
 *
 * createSignalbox({
 *   destinations: {
 *     alerts: sink(
 *       async (emission, { signal }) => {
 *         const response = await fetch('https://example.com/page', { method: 'POST', body: emission.message, signal });
 *         // An answer of 500 is no rejection of fetch: without this it counts as delivered.
 *         if (!response.ok) throw new Error(`the pager answered ${response.status}`);
 *       },
 *       { retry: { attempts: 3 }, timeoutMillis: 5_000 },
 *     ),
 *   },
 * });
 * ```
 */
export function sink(fn: SinkFunction, options?: SinkOptions): Destination {
  checkSink('sink', fn);
  const { retry, timeoutMillis, capacity, capacityBytes } = optionsOf('sink', options, OPTIONS, RENAMED);
  if (capacity !== undefined) checkCount('sink', 'capacity', capacity);
  if (capacityBytes !== undefined) checkCount('sink', 'capacityBytes', capacityBytes);
  if (timeoutMillis !== undefined) checkMillis('sink', 'timeoutMillis', timeoutMillis);
  let modified = fn;
  if (timeoutMillis !== undefined) modified = timed(modified, timeoutMillis);
  if (retry !== undefined) modified = retrying(modified, retry);
  return sinkDestination(modified, { capacity, capacityBytes });
}
