import { checkSink } from '../../delivery/check-sink.js';
import { dropReasonOf } from '../../delivery/sink-answer.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import { follow } from './follow.js';
import { wrap } from './wrap.js';

/** Dropped because the sink could not take it, not because nobody wants it. */
const REFUSED: ReadonlySet<string | undefined> = new Set(['circuit_open', 'rate_limited']);

/**
 * Gives an emission to another sink where the first throws, rejects, or refuses it (`circuit_open`,
 * `rate_limited`). The other's outcome counts. What the first drops for any other reason stays dropped.
 *
 * @param fn The sink that is tried first.
 * @param other The sink that gets what the first could not deliver.
 * @throws {SignalboxError} When `fn` or `other` is no function.
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
export function fallback(fn: SinkFunction, other: SinkFunction): SinkFunction {
  checkSink('fallback', fn);
  checkSink('fallback', other);
  return wrap(
    (emission, call) =>
      follow(
        fn,
        emission,
        call,
        (answer) => (REFUSED.has(dropReasonOf(answer)) ? other(emission, call) : answer),
        (first) => {
          // Past the box's deadline the outcome is counted: nobody would know of a second delivery.
          if (call.signal.aborted) throw first;
          return follow(
            other,
            emission,
            call,
            (answer) => answer,
            (second) => {
              throw new AggregateError([first, second], `${textOf(first)}; its fallback: ${textOf(second)}`);
            },
          );
        },
      ),
    fn,
    other,
  );
}

function textOf(error: unknown): string {
  try {
    const { message } = error as { message?: unknown };
    return typeof message === 'string' ? message : String(error);
  } catch {
    return 'an unreadable error';
  }
}
