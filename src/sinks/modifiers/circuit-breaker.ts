import { checkSink } from '../../delivery/check-sink.js';
import { dropReasonOf } from '../../delivery/sink-answer.js';
import type { SinkFunction, SinkResult } from '../../delivery/sink-function.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkCount, checkMillis, optionsOf } from '../../signal/option-checks.js';
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
 * @param fn The sink.
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
export function circuitBreaker(fn: SinkFunction, options?: CircuitBreakerOptions): SinkFunction {
  checkSink('circuitBreaker', fn);
  const { failures: limit = 5, resetMillis = 30_000 } = optionsOf('circuitBreaker', options, OPTIONS);
  checkCount('circuitBreaker', 'failures', limit);
  checkMillis('circuitBreaker', 'resetMillis', resetMillis);
  let failures = 0;
  let openUntil = 0;

  const onAnswer = (answer: SinkResult): SinkResult => {
    // What was filtered out says nothing about the sink behind the filter: the next one is the trial.
    if (dropReasonOf(answer) === undefined) failures = 0;
    else openUntil = 0;
    return answer;
  };
  const onFailure = (error: unknown): never => {
    failures++;
    openUntil = performance.now() + resetMillis;
    throw error;
  };
  return wrap((emission, call) => {
    if (failures >= limit) {
      const now = performance.now();
      if (now < openUntil) return { dropped: 'circuit_open' };
      // Whoever shares this sink meanwhile finds the circuit open: one trial at a time.
      openUntil = now + resetMillis;
    }
    return follow(fn, emission, call, onAnswer, onFailure);
  }, fn);
}
