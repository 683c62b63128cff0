import { checkSink } from '../../delivery/check-sink.js';
import { dropReasonOf } from '../../delivery/sink-answer.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkCount, checkMillis, optionsOf } from '../../signal/option-checks.js';
import type { BatchFunction } from './batch-function.js';
import type { EitherSink } from './either-sink.js';
import { follow } from './follow.js';
import { wrap } from './wrap.js';

/** Options of {@link circuitBreaker}. */
export interface CircuitBreakerOptions {
  /** Number of failures in a row that open the circuit. Default 5. */
  readonly failures?: number | undefined;
  /**
   * Milliseconds that the circuit stays open before it lets one emission through as a trial. Default 30,000.
   */
  readonly resetMillis?: number | undefined;
}

const OPTIONS: OptionNames<CircuitBreakerOptions> = { failures: true, resetMillis: true };

/**
 * Leaves a failing sink alone for a while. After some failures in a row the circuit is open, and emissions are counted as dropped for
 * the reason `circuit_open`. Then it lets one emission through: success closes the circuit, failure keeps it open for as long again.
 *
 * With several emissions in flight, failures are counted in the order in which they come. Calls that began before the circuit opened
 * or closed do not affect it when they end.
 *
 * @param fn The sink, or a function of batches. A batch then counts as one failure or success.
 * @param options The number of failures, and how long the circuit stays open.
 * @throws {SignalboxError} If `fn` is no function or an option is out of range.
 *
 * @example
 * ```ts
 * import { circuitBreaker, fallback, jsonLineFile } from 'signalbox/sinks';
 *
 * const hook = circuitBreaker(async (emission) => {
 *   const response = await fetch('https://example.com/hook', { method: 'POST', body: emission.message });
 *   if (!response.ok) throw new Error(`the hook answered ${response.status}`);
 * });
 * const kept = fallback(hook, jsonLineFile({ path: 'undelivered.jsonl' }));
 * ```
 */
export function circuitBreaker(fn: SinkFunction, options?: CircuitBreakerOptions): SinkFunction;
export function circuitBreaker(fn: BatchFunction, options?: CircuitBreakerOptions): BatchFunction;
export function circuitBreaker(
  given: SinkFunction | BatchFunction,
  options?: CircuitBreakerOptions,
): EitherSink {
  const fn = given as EitherSink;
  checkSink('circuitBreaker', fn);
  const { failures: limit = 5, resetMillis = 30_000 } = optionsOf('circuitBreaker', options, OPTIONS);
  checkCount('circuitBreaker', 'failures', limit);
  checkMillis('circuitBreaker', 'resetMillis', resetMillis);
  let failures = 0;
  let openUntil = 0;
  /** How often the circuit opened or closed. A call that began before the last change says nothing about the sink since then. */
  let changes = 0;

  const broken: SinkFunction = (emission, call) => {
    if (failures >= limit) {
      const now = performance.now();
      if (now < openUntil) return { dropped: 'circuit_open' };
      // A call that comes meanwhile finds the circuit open: one trial at a time.
      openUntil = now + resetMillis;
    }
    const begunAt = changes;
    return follow(
      fn,
      emission,
      call,
      (answer) => {
        if (begunAt !== changes) return answer;
        // A filtered emission says nothing about the sink behind the filter. The next emission is the trial.
        if (dropReasonOf(answer) !== undefined) openUntil = 0;
        else {
          if (failures >= limit) changes++;
          failures = 0;
        }
        return answer;
      },
      (error) => {
        if (begunAt === changes) {
          failures++;
          openUntil = performance.now() + resetMillis;
          if (failures === limit) changes++;
        }
        throw error;
      },
    );
  };
  return wrap(broken as EitherSink, fn);
}
