import type { AnySignal, Signal } from '../signal/signal.js';
import type { Asymmetric } from './asymmetric.js';
import { checkedEmissions, emittedVerdict } from './emitted.js';
import type { Expected } from './expected.js';
import type { ExpectedAttempt } from './job-assertions.js';
import { attemptsVerdict, endVerdict } from './job-assertions.js';
import type { ExpectedMeasurement } from './measurement.js';
import { checkedMeasurements, measuredVerdict } from './measurement.js';
import type { RecordedEnd, RecordedJob } from './recorded-job.js';
import type { Diff, Verdict } from './verdict.js';

/**
 * The matchers as methods of `expect(…)`. The types of vitest, and those of Jest's global `expect`, have them as soon as
 * `signalbox/testing` is imported anywhere. For the `expect` of `@jest/globals`, extend its `Matchers` by this.
 *
 * @example
 * ```ts
 * import type { SignalboxMatchers } from 'signalbox/testing';
 *
 * type Names = keyof SignalboxMatchers<void>;
 * const names: readonly Names[] = ['toHaveEmitted', 'toHaveMeasured', 'toHaveAttempts', 'toHaveEnded'];
 * console.assert(names.length === 4);
 * ```
 */
export interface SignalboxMatchers<R> {
  /** Of a recorder: the signal was emitted with these values. Fields that are not named are not compared. */
  toHaveEmitted<V extends object>(signal: Signal<V>, expected?: Expected<NoInfer<V>>): R;
  /** Of a recorder: the signal was emitted with these values so many times. */
  toHaveEmittedTimes<V extends object>(signal: Signal<V>, times: number, expected?: Expected<NoInfer<V>>): R;
  /** Of a recorder: the metric was measured as expected. */
  toHaveMeasured(name: string, expected?: ExpectedMeasurement): R;
  /** Of the result of `recordedJob`: the job had so many attempts, or these. */
  toHaveAttempts(expected: number | readonly ExpectedAttempt[]): R;
  /** Of the result of `recordedJob`: the job has this end, for this reason. */
  toHaveEnded(outcome: RecordedEnd['outcome'], reason?: string | Asymmetric): R;
}

/**
 * The context that test runners give a matcher, as far as these matchers use it.
 *
 * @example
 * ```ts
 * import { type MatcherContext, recordedJobs, recorder, signalboxMatchers } from 'signalbox/testing';
 *
 * const context: MatcherContext = { utils: { diff: (expected, actual) => `${expected} is not ${actual}` } };
 * const [job] = recordedJobs(recorder());
 * if (job) console.error(signalboxMatchers.toHaveAttempts.call(context, job, 2).message());
 * ```
 */
export interface MatcherContext {
  readonly utils?: { diff?(expected: unknown, actual: unknown): string | null | undefined } | undefined;
}

/**
 * The result that test runners expect of a matcher.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal } from 'signalbox';
 * import { type MatcherResult, recorder, signalboxMatchers } from 'signalbox/testing';
 *
 * const seen = recorder();
 * const PAID = defineSignal('PAID');
 * createSignalbox({ destinations: { seen } }).emit(PAID);
 * const result: MatcherResult = signalboxMatchers.toHaveEmitted.call({}, seen, PAID);
 * console.assert(result.pass);
 * ```
 */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * A matcher, as `expect.extend` takes it.
 *
 * @example
 * ```ts
 * import { type Matcher, recordedJobs, recorder, signalboxMatchers } from 'signalbox/testing';
 *
 * const toHaveBeenTriedOnce: Matcher<[]> = function (received) {
 *   return signalboxMatchers.toHaveAttempts.call(this, received, 1);
 * };
 * for (const job of recordedJobs(recorder())) console.assert(toHaveBeenTriedOnce.call({}, job).pass);
 * ```
 */
export type Matcher<A extends readonly unknown[]> = (
  this: MatcherContext,
  received: unknown,
  ...expected: A
) => MatcherResult;

/**
 * Matchers for `expect.extend` of vitest, Jest and other runners with the same contract. The message of a matcher that fails says
 * what was expected and what was recorded, the nearest first.
 *
 * @throws {SignalboxError} Each matcher throws if it could only fail or only pass: for a name that is no field of the signal, a
 * metric that nothing declares, or a received value of the wrong kind.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal } from 'signalbox';
 * import { recorder, signalboxMatchers } from 'signalbox/testing';
 * import { expect } from 'vitest';
 *
 * expect.extend(signalboxMatchers);
 * const PAID = defineSignal('PAID');
 * const seen = recorder();
 * const box = createSignalbox({ destinations: { seen } });
 * expect(seen).not.toHaveEmitted(PAID);
 * box.emit(PAID);
 * expect(seen).toHaveEmittedTimes(PAID, 1);
 * ```
 */
export const signalboxMatchers: {
  readonly toHaveEmitted: Matcher<[signal: AnySignal, expected?: object]>;
  readonly toHaveEmittedTimes: Matcher<[signal: AnySignal, times: number, expected?: object]>;
  readonly toHaveMeasured: Matcher<[name: string, expected?: ExpectedMeasurement]>;
  readonly toHaveAttempts: Matcher<[expected: number | readonly ExpectedAttempt[]]>;
  readonly toHaveEnded: Matcher<[outcome: RecordedEnd['outcome'], reason?: string | Asymmetric]>;
} = {
  toHaveEmitted(received, signal, expected = {}) {
    const emissions = checkedEmissions('toHaveEmitted', received);
    return result(emittedVerdict('toHaveEmitted', emissions, { signal, expected }, diffOf(this)));
  },
  toHaveEmittedTimes(received, signal, times, expected = {}) {
    const emissions = checkedEmissions('toHaveEmittedTimes', received);
    return result(emittedVerdict('toHaveEmittedTimes', emissions, { signal, expected, times }, diffOf(this)));
  },
  toHaveMeasured(received, name, expected) {
    const source = checkedMeasurements('toHaveMeasured', received);
    return result(measuredVerdict('toHaveMeasured', source, name, expected, diffOf(this)));
  },
  toHaveAttempts(received, expected) {
    return result(attemptsVerdict('toHaveAttempts', received as RecordedJob, expected, diffOf(this)));
  },
  toHaveEnded(received, outcome, reason) {
    return result(endVerdict('toHaveEnded', received as RecordedJob, outcome, reason));
  },
};

// A runner shows the message of a verdict if the test wanted the other one.
function result({ pass, message }: Verdict): MatcherResult {
  return { pass, message };
}

function diffOf(context: MatcherContext | undefined): Diff | undefined {
  const { utils } = context ?? {};
  if (typeof utils?.diff !== 'function') return undefined;
  return (expected, actual) => utils.diff?.(expected, actual);
}

declare global {
  // Jest's global `expect` has these types, and those of vitest extend them. One declaration serves both, without a module that may be
  // missing.
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: all declarations of an interface have the same parameters.
    interface Matchers<R, T = {}> extends SignalboxMatchers<R> {}
  }
}
