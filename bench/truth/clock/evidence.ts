import type { Received } from '../../../test/support/otlp-model.js';
import type { Fact } from '../facts.js';

/** A run under jumps of its workers' wall clock: the ledger, and what was sent. */
export interface ClockEvidence {
  readonly facts: readonly Fact[];
  readonly received: Received;
  /** Milliseconds by which the clock was off at most. */
  readonly jumpMillis: number;
}

/** What was found. */
export interface ClockFinding {
  /** A sentence each. */
  readonly mismatches: readonly string[];
  readonly attempts: number;
  readonly waits: { readonly told: number; readonly absent: number };
  readonly turnarounds: { readonly told: number; readonly absent: number };
}
