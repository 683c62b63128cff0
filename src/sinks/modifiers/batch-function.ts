import type { SinkCall, SinkResult } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';

/** What became of one emission of a batch: as a sink answers, or `failed` with what went wrong. */
export type BatchOutcome = SinkResult | { readonly failed: unknown };

/** What a function answers for a batch: one outcome for all of it, or a list with one for each emission, in their order. */
export type BatchResult = SinkResult | readonly BatchOutcome[];

/** What one emission of a batch failed with. */
type Failed = Extract<BatchOutcome, { readonly failed: unknown }>;

export function isFailed(outcome: unknown): outcome is Failed {
  return typeof outcome === 'object' && outcome !== null && 'failed' in outcome;
}

/** The first failure of a list in which all have failed. */
export function failureOf(answer: unknown): Failed | undefined {
  try {
    return Array.isArray(answer) && answer.every(isFailed) ? (answer[0] as Failed | undefined) : undefined;
  } catch {
    // An answer that can not be looked at has failed for whoever counts it.
    return undefined;
  }
}

/**
 * A function that takes many emissions at once, for {@link batched}. Throwing or rejecting counts all of them as failed; a list in which
 * all have failed is the same to {@link retrying}, {@link circuitBreaker} and {@link fallback}. The call's signal aborts when nobody waits
 * for the batch any more.
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
