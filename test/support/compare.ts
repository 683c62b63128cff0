import { compareEventAttributes } from './compare-events.js';
import { compareLogs } from './compare-logs.js';
import { compareMetrics } from './compare-metrics.js';
import { compareSpans } from './compare-spans.js';
import { compareWaits } from './compare-waits.js';
import type { EngineTraits } from './engine-traits.js';
import { MEMORY } from './engine-traits.js';
import type { LedgerJob } from './ledger-reader.js';
import { withNumberedWorkers } from './numbered-workers.js';
import type { Received } from './otlp-model.js';

export interface CompareOptions {
  /** How attempts must relate to their enqueue spans. */
  readonly relation: 'parent' | 'link' | 'none';
  /** The time limit of attempts, where there is one: those that timed out must have lasted just so long. */
  readonly timeoutMillis?: number;
  /**
   * How long a fact may lie behind what is told of it: between the two the process may be made to wait. Default 500. Where both
   * measured the same moment, this does not count.
   */
  readonly toleranceMillis?: number;
  /** What ran the jobs. Default: the queue in memory. */
  readonly engine?: EngineTraits;
  /** The services that it must come from. Default: `job-queue` alone. */
  readonly services?: readonly string[];
  /** What must be nowhere. */
  readonly secrets?: readonly string[];
}

export interface Comparison {
  readonly jobs: number;
  readonly attempts: number;
  /** A sentence each; empty where the telemetry is true. */
  readonly mismatches: readonly string[];
}

/** What each part of the comparison works with. */
export interface Case {
  readonly ledger: readonly LedgerJob[];
  readonly received: Received;
  readonly options: CompareOptions & { readonly toleranceMillis: number; readonly engine: EngineTraits };
  /** Notes a mismatch unless the claim holds. */
  readonly claim: (holds: boolean, mismatch: () => string) => void;
}

const SCOPE = 'signalbox';
const SERVICES = ['job-queue'];

/** One part of the comparison. */
export type Part = (part: Case) => void;

const EVERYTHING: readonly Part[] = [
  compareSpans,
  compareEventAttributes,
  compareWaits,
  compareLogs,
  compareMetrics,
  compareOrigins,
  compareSecrets,
];

/**
 * Compares what arrived with what really happened: everything, unless only some parts are asked for.
 */
export function compare(
  ledger: readonly LedgerJob[],
  received: Received,
  options: CompareOptions,
  parts: readonly Part[] = EVERYTHING,
): Comparison {
  const mismatches: string[] = [];
  const { engine = MEMORY } = options;
  const part: Case = {
    ledger: engine.workers === 'numbered' ? withNumberedWorkers(ledger, received) : ledger,
    received,
    options: { toleranceMillis: 500, ...options, engine },
    claim: (holds, mismatch) => {
      if (!holds) mismatches.push(mismatch());
    },
  };
  for (const compareIt of parts) compareIt(part);
  return {
    jobs: ledger.length,
    attempts: ledger.reduce((total, { attempts }) => total + attempts.length, 0),
    mismatches,
  };
}

function compareOrigins({ received, options, claim }: Case): void {
  const { services = SERVICES } = options;
  for (const { scope = SCOPE, service } of allOf(received)) {
    claim(
      scope === SCOPE && services.includes(String(service)),
      () => `something came from the scope '${scope}' of '${service}'`,
    );
  }
}

function compareSecrets({ received, options, claim }: Case): void {
  const { secrets = [] } = options;
  for (const item of secrets.length === 0 ? [] : allOf(received)) {
    const text = JSON.stringify(item);
    for (const secret of secrets) claim(!text.includes(secret), () => `the secret '${secret}' is in ${text}`);
  }
}

function allOf({ spans, logs, series }: Received) {
  return [...spans, ...logs, ...series];
}

/** Epoch milliseconds of a moment on the wire. */
export function millisOf(nanos: string): number {
  return Number(BigInt(nanos) / 1000n) / 1000;
}

/** Seconds from one moment on the wire to another, exact to the nanosecond. */
export function secondsFrom(start: string, end: string): number {
  return Number(BigInt(end) - BigInt(start)) / 1e9;
}

/** Whether two numbers of seconds are the same but for the rounding to microseconds. */
export function sameSeconds(a: unknown, b: number, n = 1): boolean {
  return typeof a === 'number' && Math.abs(a - b) <= n * 2e-6;
}
