import { checkSink } from '../../delivery/check-sink.js';
import { promiseOf } from '../../delivery/sink-answer.js';
import type { SinkFunction, SinkResult } from '../../delivery/sink-function.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkCount, checkMillis, checkSwitch, optionsOf } from '../../signal/option-checks.js';
import { idleTimer } from '../unref-timer.js';
import { follow } from './follow.js';
import { wrap } from './wrap.js';

/** Options of {@link retrying}. */
export interface RetryOptions {
  /** How often the sink is tried in all, the first time included. */
  readonly attempts: number;
  /** The wait after the first failure, in milliseconds; it doubles with each further one. Default 100. */
  readonly delayMillis?: number | undefined;
  /** The longest wait, in milliseconds. Default 30,000. */
  readonly maxDelayMillis?: number | undefined;
  /** Waits a random part of each wait, so that many processes do not come back at once. Default `true`. */
  readonly jitter?: boolean | undefined;
}

const OPTIONS: OptionNames<RetryOptions> = {
  attempts: true,
  delayMillis: true,
  maxDelayMillis: true,
  jitter: true,
};

/**
 * Tries a sink again when it throws or rejects, with growing waits. The last failure counts. It gives up when
 * the call's signal aborts. The sink takes one emission at a time, so the ones behind wait too.
 *
 * @param fn The sink.
 * @param options Attempts and waits.
 * @throws {SignalboxError} When `fn` is no function or an option is out of range.
 *
 * @example
 * ```ts
 * import { retrying } from 'signalbox/sinks';
 *
 * const stubborn = retrying(
 *   async (emission) => {
 *     const response = await fetch('https://example.com/hook', { method: 'POST', body: emission.message });
 *     if (!response.ok) throw new Error(`status ${response.status}`);
 *   },
 *   { attempts: 5, delayMillis: 200 },
 * );
 * ```
 */
export function retrying(fn: SinkFunction, options: RetryOptions): SinkFunction {
  checkSink('retrying', fn);
  const {
    attempts,
    delayMillis = 100,
    maxDelayMillis = 30_000,
    jitter = true,
  } = optionsOf('retrying', options, OPTIONS);
  checkCount('retrying', 'attempts', attempts);
  checkMillis('retrying', 'delayMillis', delayMillis);
  checkMillis('retrying', 'maxDelayMillis', maxDelayMillis);
  checkSwitch('retrying', 'jitter', jitter);

  const again: SinkFunction = async (emission, call): Promise<SinkResult> => {
    for (let failures = 1; ; failures++) {
      const longest = Math.min(maxDelayMillis, delayMillis * 2 ** (failures - 1));
      await pause(jitter ? Math.random() * longest : longest, call.signal);
      try {
        return await promiseOf(fn(emission, call));
      } catch (error) {
        if (failures + 1 >= attempts || call.signal.aborted) throw error;
      }
    }
  };
  return wrap(
    (emission, call) =>
      follow(
        fn,
        emission,
        call,
        (answer) => answer,
        (error) => {
          if (attempts === 1 || call.signal.aborted) throw error;
          return again(emission, call);
        },
      ),
    fn,
  );
}

/** Rejects with the signal's reason when it aborts. */
function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = idleTimer(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, millis);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}
