import type { SinkCall, SinkResult } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';

/** The outcome of one emission of a batch: an answer as sinks give it, or `failed` with the error. */
export type BatchOutcome = SinkResult | { readonly failed: unknown };

/** The answer of a function to a batch: one outcome for all of it, or a list with one for each emission, in their order. */
export type BatchResult = SinkResult | readonly BatchOutcome[];

/** The failure of one emission of a batch. */
type Failed = Extract<BatchOutcome, { readonly failed: unknown }>;

export function isFailed(outcome: unknown): outcome is Failed {
  return typeof outcome === 'object' && outcome !== null && 'failed' in outcome;
}

/** The first failure of a list, if all of the list are failures. */
export function failureOf(answer: unknown): Failed | undefined {
  try {
    return Array.isArray(answer) && answer.every(isFailed) ? (answer[0] as Failed | undefined) : undefined;
  } catch {
    // An answer that can not be read counts as failed elsewhere.
    return undefined;
  }
}

/**
 * A function that takes many emissions at once, for {@link batched}. If it throws or rejects, all of them count as failed. To {@link
 * retrying}, {@link circuitBreaker} and {@link fallback}, a list of nothing but failures is the same. The call's signal aborts when
 * nobody waits for the batch any more.
 *
 * @example
 * ```ts
 * import type { BatchFunction } from 'signalbox/sinks';
 *
 * const print: BatchFunction = (emissions) => {
 *   console.log(emissions.map(({ message }) => message).join('\n'));
 * };
 * ```
 */
export interface BatchFunction {
  (emissions: readonly Emission[], call: SinkCall): BatchResult | Promise<BatchResult>;
  /** As `untraced` of `SinkFunction`. */
  readonly untraced?: boolean | undefined;
  /** As `close` of `SinkFunction`. */
  close?(): void | Promise<void>;
}
