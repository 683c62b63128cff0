import type { SinkCall, SinkFunction, SinkResult } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';
import { weightOf } from '../../emission/weight.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkCount, checkMillis, optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { idleTimer } from '../unref-timer.js';
import { Batch } from './batch.js';
import type { BatchFunction } from './batch-function.js';
import { wrap } from './wrap.js';

/** Options of {@link batched}. */
export interface BatchedOptions {
  /** Maximum number of emissions in a batch. A batch that reaches it leaves at once. */
  readonly size: number;
  /** Milliseconds that the first emission of a batch waits for others. */
  readonly ageMillis: number;
  /**
   * Maximum estimated bytes of a batch. An emission that would exceed it begins the next batch, and one that is larger by itself is a
   * batch of its own. Default 1 MiB.
   */
  readonly bytes?: number | undefined;
}

export const BATCHED_OPTIONS: OptionNames<BatchedOptions> = { size: true, ageMillis: true, bytes: true };

const MEBIBYTE = 1024 * 1024;
/** Estimated bytes of an emission without its texts. */
const EMISSION = 200;

/**
 * Gives a function many emissions at once, in order, one batch at a time. The function answers one outcome for all of them, or a list
 * with an outcome for each. A batch leaves when it is full or old enough. It leaves at once when the box is flushed or shut down, or
 * when the process has nothing left to do. An emission that nobody waits for any more (its time limit or the shutdown's deadline
 * passed) is left out.
 *
 * {@link retrying}, {@link timed}, {@link circuitBreaker} and {@link fallback} also take functions of batches. Wrap their result with
 * this.
 *
 * @param fn Takes a list of emissions.
 * @param options When a batch leaves.
 * @throws {SignalboxError} If `fn` is no function or an option is out of range.
 *
 * @example
 * ```ts
 * import { batched, retrying } from 'signalbox/sinks';
 * import type { BatchFunction } from 'signalbox/sinks';
 *
 * const store: BatchFunction = async (emissions, { signal }) => {
 *   const body = JSON.stringify(emissions.map(({ signal, fields }) => ({ signal, ...fields })));
 *   const response = await fetch('https://example.com/rows', { method: 'POST', body, signal });
 *   if (!response.ok) throw new Error(`the store answered ${response.status}`);
 * };
 * const rows = batched(retrying(store, { attempts: 3 }), { size: 500, ageMillis: 2_000 });
 * ```
 */
export function batched(fn: BatchFunction, options: BatchedOptions): SinkFunction {
  if (typeof fn !== 'function') {
    throw new SignalboxError(
      `batched: the sink is ${shown(fn)}. Give a function that takes a list of emissions, as in \`(emissions) => { … }\`.`,
    );
  }
  return inBatches('batched', fn, optionsOf('batched', options, BATCHED_OPTIONS));
}

/** The same for a sink of the library. `where`: the function that the options were given to. */
export function inBatches(where: string, fn: BatchFunction, options: BatchedOptions): SinkFunction {
  const { size, ageMillis, bytes = MEBIBYTE } = options;
  checkCount(where, 'size', size);
  checkMillis(where, 'ageMillis', ageMillis);
  checkCount(where, 'bytes', bytes);
  const batches = new Batches(fn, { size, ageMillis, bytes });
  const add: SinkFunction = (emission, call) => batches.add(emission, call);
  return Object.assign(wrap(add, fn), {
    inFlight: size,
    flush: () => batches.leave(),
    close: async () => {
      batches.leave();
      await batches.settled();
      await fn.close?.();
    },
  });
}

interface Bounds {
  readonly size: number;
  readonly ageMillis: number;
  readonly bytes: number;
}

class Batches {
  readonly #fn: BatchFunction;
  readonly #options: Bounds;
  /** The batch that takes emissions now. */
  #open: Batch | undefined;
  /** Settles when all batches that have begun are over. */
  #last: Promise<void> = Promise.resolve();

  constructor(fn: BatchFunction, options: Bounds) {
    this.#fn = fn;
    this.#options = options;
  }

  add(emission: Emission, call: SinkCall): Promise<SinkResult> {
    const weight = weigh(emission);
    const { size, bytes } = this.#options;
    if (this.#open && this.#open.bytes + weight > bytes) this.leave();
    this.#open ??= this.#begin();
    const outcome = this.#open.add(emission, call, weight);
    if (this.#open.size >= size || this.#open.bytes >= bytes) this.leave();
    return outcome;
  }

  leave(): void {
    this.#open?.leave();
    this.#open = undefined;
  }

  settled(): Promise<void> {
    return this.#last;
  }

  #begin(): Batch {
    const batch = new Batch();
    this.#last = this.#bring(batch, this.#last);
    return batch;
  }

  // Called with the first emission of a batch. All of it runs in the async context of that call, whoever gives the other emissions,
  // and whatever timer or answer makes the batch leave.
  async #bring(batch: Batch, before: Promise<void>): Promise<void> {
    const timer = idleTimer(() => {
      if (this.#open === batch) this.#open = undefined;
      batch.leave();
    }, this.#options.ageMillis);
    await batch.ripe;
    clearTimeout(timer);
    await before;
    await batch.send(this.#fn);
  }
}

function weigh({ message, fields, errors }: Emission): number {
  let bytes = EMISSION + message.length + weightOf(fields);
  for (const name in errors) bytes += weightOf({ ...errors[name] });
  return bytes;
}
