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
  /** How many failures in a row open the circuit. Default 5. */
  readonly failures?: number | undefined;
  /**
   * How long it stays open before one emission is let through as a trial, in milliseconds. Default 30,000.
   */
  readonly resetMillis?: number | undefined;
}

const OPTIONS: OptionNames<CircuitBreakerOptions> = { failures: true, resetMillis: true };

/**
 * Leaves a failing sink alone for a while: after some failures in a row the circuit is open, and emissions
 * are counted as dropped for the reason `circuit_open`. Then one is let through: its success closes the
 * circuit, its failure keeps it open for as long again.
 *
 * With several in flight, failures are counted in the order in which they come, and calls that began before the circuit opened or
 * closed change nothing of it when they end.
 *
 * @param fn The sink, or a function of batches: then a batch counts as one failure or success.
 * @param options Failures and rest.
 * @throws {SignalboxError} When `fn` is no function or an option is out of range.
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
  /** How often the circuit opened or closed. A call that began before says nothing of how the sink does since. */
  let changes = 0;

  const broken: SinkFunction = (emission, call) => {
    if (failures >= limit) {
      const now = performance.now();
      if (now < openUntil) return { dropped: 'circuit_open' };
      // Whoever shares this sink meanwhile finds the circuit open: one trial at a time.
      openUntil = now + resetMillis;
    }
    const begunAt = changes;
    return follow(
      fn,
      emission,
      call,
      (answer) => {
        if (begunAt !== changes) return answer;
        // What was filtered out says nothing about the sink behind the filter: the next one is the trial.
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
