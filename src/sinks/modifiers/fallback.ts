import { checkSink } from '../../delivery/check-sink.js';
import { dropReasonOf } from '../../delivery/sink-answer.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import { asManyAsItTakes } from './as-many-as-it-takes.js';
import type { BatchFunction } from './batch-function.js';
import type { EitherSink } from './either-sink.js';
import { Flushes } from './flushes.js';
import { follow } from './follow.js';
import { mostInFlight, wrap } from './wrap.js';

/** Reasons of sinks that could not take an emission. The other reasons mean that nobody wants it. */
const REFUSED: ReadonlySet<string | undefined> = new Set(['circuit_open', 'rate_limited']);

/**
 * Gives an emission to another sink if the first throws, rejects, or refuses it (`circuit_open`, `rate_limited`). The other's outcome
 * then counts. An emission that the first drops for any other reason stays dropped. As many emissions are in flight as the sink takes
 * that takes more. The sink that takes fewer never gets more than that at once, in order.
 *
 * @param fn The sink that is tried first, or a function of batches.
 * @param other The sink that gets what the first could not deliver. It takes batches if `fn` does.
 * @throws {SignalboxError} If `fn` or `other` is no function.
 *
 * @example
 * ```ts
 * import { fallback, jsonLineFile, timed } from 'signalbox/sinks';
 *
 * const hook = timed(async (emission, { signal }) => {
 *   const response = await fetch('https://example.com/hook', { method: 'POST', body: emission.message, signal });
 *   if (!response.ok) throw new Error(`the hook answered ${response.status}`);
 * }, 2_000);
 * const kept = fallback(hook, jsonLineFile({ path: 'undelivered.jsonl' }));
 * ```
 */
export function fallback(fn: SinkFunction, other: SinkFunction): SinkFunction;
export function fallback(fn: BatchFunction, other: BatchFunction): BatchFunction;
export function fallback(
  first: SinkFunction | BatchFunction,
  second: SinkFunction | BatchFunction,
): EitherSink {
  checkSink('fallback', first);
  checkSink('fallback', second);
  const most = mostInFlight([first, second]);
  const flushes = new Flushes();
  const fn = asManyAsItTakes(first, most);
  const other = asManyAsItTakes(second, most);
  const either: SinkFunction = (emission, call) => {
    const { count } = flushes;
    const giveOn: SinkFunction = (...given) => {
      const answer = other(...given);
      flushes.late(count);
      return answer;
    };
    return follow(
      fn,
      emission,
      call,
      (answer) => (REFUSED.has(dropReasonOf(answer)) ? giveOn(emission, call) : answer),
      (error) => {
        // After the box's deadline the outcome is counted, and nobody would learn of a second delivery.
        if (call.signal.aborted) throw error;
        return follow(
          giveOn,
          emission,
          call,
          (answer) => answer,
          (again) => {
            throw new AggregateError([error, again], `${textOf(error)}; its fallback: ${textOf(again)}`);
          },
        );
      },
    );
  };
  return flushes.of(wrap(either as EitherSink, first, second));
}

function textOf(error: unknown): string {
  try {
    const { message } = error as { message?: unknown };
    return typeof message === 'string' ? message : String(error);
  } catch {
    return 'an unreadable error';
  }
}
