import { defaultCapacity } from '../delivery/bounded-queue.js';
import { checkSink } from '../delivery/check-sink.js';
import type { Destination } from '../delivery/destination.js';
import { OldestOut } from '../delivery/oldest-out.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import { usualCapacity } from '../delivery/sink-last-writes.js';
import type { MakeQueue } from '../delivery/sink-port.js';
import { sinkDestination } from '../delivery/sink-port.js';
import { WaitingRoom } from '../delivery/waiting-room.js';
import type { OptionNames, Renamed } from '../signal/option-checks.js';
import { checkCount, checkMillis, checkOneOf, optionsOf } from '../signal/option-checks.js';
import { SignalboxError } from '../signal/signalbox-error.js';
import type { RetryOptions } from './modifiers/retry-options.js';
import { retrying } from './modifiers/retrying.js';
import { timed } from './modifiers/timed.js';

/** Options of {@link sink}. */
export interface SinkOptions {
  /** Tries again when the sink throws or rejects, as {@link retrying} does. Default: no second try. */
  readonly retry?: RetryOptions | undefined;
  /**
   * The time limit of each try in milliseconds, as {@link timed} sets it. Default: only that of the shutdown.
   */
  readonly timeoutMillis?: number | undefined;
  /**
   * Maximum number of emissions that wait for the sink. Those beyond are dropped as `queue_full`. Default 16,384; for a console and
   * files, as many as `capacityBytes` allows.
   */
  readonly capacity?: number | undefined;
  /**
   * Maximum estimated bytes of the emissions that wait for the sink. Those beyond are dropped as `queue_bytes`. Default 64 MiB.
   */
  readonly capacityBytes?: number | undefined;
  /**
   * What happens if an emission finds no room. `'dropNewest'`: it is dropped as `queue_full` or `queue_bytes`. `'dropOldest'`: the
   * emissions that have waited longest are dropped as `displaced`, until it fits. Emissions in flight stay, so the capacity must be
   * above what the sink takes in flight. `'block'`, for a durable sink: the emission of an `emitDurably` waits for room until its
   * deadline, as many of them as the queue holds; that of an `emit`, which never waits, is dropped as with `'dropNewest'`. Default
   * `'dropNewest'`.
   */
  readonly whenFull?: 'dropNewest' | 'dropOldest' | 'block' | undefined;
}

const OPTIONS: OptionNames<SinkOptions> = {
  retry: true,
  timeoutMillis: true,
  capacity: true,
  capacityBytes: true,
  whenFull: true,
};

const QUEUES: Readonly<Record<NonNullable<SinkOptions['whenFull']>, MakeQueue | undefined>> = {
  dropNewest: undefined,
  dropOldest: (bounds, account, gone) => new OldestOut(bounds, account, gone),
  block: (bounds, account, gone) => new WaitingRoom(bounds, account, gone),
};

const RENAMED: Renamed = { queue: 'capacity', queueBytes: 'capacityBytes' };

/**
 * Makes a function a destination. A function alone is one too; this adds the common options. They are the modifiers of the same
 * meaning: `sink(fn, { retry, timeoutMillis })` is `sink(retrying(timed(fn, timeoutMillis), retry))`.
 *
 * @param fn The sink.
 * @param options Retry, time limit, bounds of the queue and what happens beyond them.
 * @throws {SignalboxError} If `fn` is no function, an option is out of range, `whenFull` is `'block'` and the sink is not durable, or
 * it is `'dropOldest'` and the capacity is not above what the sink takes in flight.
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
  const {
    retry,
    timeoutMillis,
    capacity,
    capacityBytes,
    whenFull = 'dropNewest',
  } = optionsOf('sink', options, OPTIONS, RENAMED);
  if (capacity !== undefined) checkCount('sink', 'capacity', capacity);
  if (capacityBytes !== undefined) checkCount('sink', 'capacityBytes', capacityBytes);
  if (timeoutMillis !== undefined) checkMillis('sink', 'timeoutMillis', timeoutMillis);
  checkOneOf('sink', 'whenFull', whenFull, ['dropNewest', 'dropOldest', 'block']);
  if (whenFull === 'block' && !fn.durable)
    throw new SignalboxError(
      "sink: `whenFull` is 'block', and the sink is not durable: emitDurably would never wait for it. Give it `durable: true` if it is durable, or use 'dropNewest' or 'dropOldest'.",
    );
  let modified = fn;
  if (timeoutMillis !== undefined) modified = timed(modified, timeoutMillis);
  if (retry !== undefined) modified = retrying(modified, retry);
  if (whenFull === 'dropOldest') checkRoom(modified, capacity ?? usualCapacity(modified) ?? defaultCapacity);
  return sinkDestination(modified, { capacity, capacityBytes, queue: QUEUES[whenFull] });
}

// Emissions in flight stay. If they can fill the whole capacity, nothing can be dropped to make room.
function checkRoom({ inFlight = 1 }: SinkFunction, capacity: number): void {
  if (inFlight >= capacity)
    throw new SignalboxError(
      `sink: \`capacity\` is ${capacity}, and the sink takes ${inFlight} emissions in flight: \`whenFull: 'dropOldest'\` could make no room. Give it a capacity above ${inFlight}.`,
    );
}
