import { checkSink } from '../../delivery/check-sink.js';
import { promiseOf } from '../../delivery/sink-answer.js';
import type { SinkCall, SinkFunction, SinkResult } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';
import { optionsOf } from '../../signal/option-checks.js';
import { pause, waitAfter } from './backoff.js';
import type { BatchFunction } from './batch-function.js';
import { failureOf } from './batch-function.js';
import type { EitherSink } from './either-sink.js';
import { Flushes } from './flushes.js';
import { follow } from './follow.js';
import type { RetryOptions } from './retry-options.js';
import { checkedRetry, RETRY_OPTIONS } from './retry-options.js';
import { wrap } from './wrap.js';

/**
 * Tries a sink again when it throws or rejects, with growing waits. The last failure counts. It gives up when the call's signal
 * aborts. An emission stays in flight while it waits for its next try, and those behind it wait too. If the sink takes several in
 * flight, later ones go on while places are left, so a retried emission may arrive after them.
 *
 * @param fn The sink, or a function of batches. The whole batch is then tried again.
 * @param options Attempts and waits.
 * @throws {SignalboxError} If `fn` is no function or an option is out of range.
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
export function retrying(fn: SinkFunction, options: RetryOptions): SinkFunction;
export function retrying(fn: BatchFunction, options: RetryOptions): BatchFunction;
export function retrying(given: SinkFunction | BatchFunction, options: RetryOptions): EitherSink {
  const fn = given as EitherSink;
  checkSink('retrying', fn);
  const { attempts, ...backoff } = checkedRetry('retrying', optionsOf('retrying', options, RETRY_OPTIONS));

  const flushes = new Flushes();

  const again = async (emission: Emission, call: SinkCall, count: number): Promise<SinkResult> => {
    for (let failures = 1; ; failures++) {
      await pause(waitAfter(failures, backoff), call.signal);
      try {
        const answer = fn(emission, call);
        flushes.late(count);
        const answered = await promiseOf(answer);
        const failure = failureOf(answered);
        if (!failure) return answered;
        throw failure.failed;
      } catch (error) {
        if (failures + 1 >= attempts || call.signal.aborted) throw error;
      }
    }
  };
  const once: SinkFunction = (emission, call) => {
    const { count } = flushes;
    return follow(
      fn,
      emission,
      call,
      (answer) => answer,
      (error) => {
        if (attempts === 1 || call.signal.aborted) throw error;
        return again(emission, call, count);
      },
    );
  };
  return flushes.of(wrap(once as EitherSink, fn));
}
