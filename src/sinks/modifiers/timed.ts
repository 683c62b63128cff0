import { checkSink } from '../../delivery/check-sink.js';
import { ownError } from '../../delivery/own-error.js';
import { isPending, promiseOf } from '../../delivery/sink-answer.js';
import { Call } from '../../delivery/sink-call.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import { checkMillis } from '../../signal/option-checks.js';
import { idleTimer } from '../unref-timer.js';
import type { BatchFunction } from './batch-function.js';
import type { EitherSink } from './either-sink.js';
import { wrap } from './wrap.js';

/**
 * Gives a sink a time limit. At the limit the call counts as failed and its `call.signal` aborts, whatever the sink does afterwards.
 * A sink that returns at once has no limit, because nothing can stop it. A call at its limit is no longer in flight: the sink gets
 * the next emission, even if it still works on that one.
 *
 * @param fn The sink, or a function of batches. The limit is then that of a batch.
 * @param millis The limit of one call, in milliseconds.
 * @throws {SignalboxError} If `fn` is no function, or the limit is no time above 0.
 *
 * @example
 * ```ts
 * import { timed } from 'signalbox/sinks';
 *
 * const hook = timed(async (emission, { signal }) => {
 *   const response = await fetch('https://example.com/hook', { method: 'POST', body: emission.message, signal });
 *   if (!response.ok) throw new Error(`the hook answered ${response.status}`);
 * }, 5_000);
 * ```
 */
export function timed(fn: SinkFunction, millis: number): SinkFunction;
export function timed(fn: BatchFunction, millis: number): BatchFunction;
export function timed(given: SinkFunction | BatchFunction, millis: number): EitherSink {
  const fn = given as EitherSink;
  checkSink('timed', fn);
  checkMillis('timed', 'millis', millis);
  const limited: SinkFunction = (emission, outer) => {
    const inner = new Call();
    const answer = fn(emission, inner);
    if (!isPending(answer)) return answer;
    return new Promise((resolve, reject) => {
      const { signal } = outer;
      const stop = (reason: unknown): void => {
        settle();
        reject(reason);
        inner.abort(reason);
      };
      const onAbort = (): void => stop(signal.reason);
      const timer = idleTimer(() => stop(timeout(millis)), millis);
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      promiseOf(answer).finally(settle).then(resolve, reject);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort);
    });
  };
  return wrap(limited as EitherSink, fn);
}

function timeout(millis: number): Error {
  return ownError(`no answer within ${millis} ms`, 'TimeoutError');
}
