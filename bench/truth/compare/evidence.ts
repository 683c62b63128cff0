import type { ExportedIds } from '../../../test/e2e/subjects/exports.js';
import type { ReceivedLog, ReceivedSpan } from '../../../test/support/otlp-model.js';
import type { StoredJob } from '../engines/engine.js';
import type { Fact } from '../facts.js';
import type { MadeSpan, NotedMetrics, Totals } from '../subjects/noted.js';

/** Everything that is known of a run. */
export interface Evidence {
  readonly jobs: number;
  readonly processes: readonly ProcessEvidence[];
  /** What the engine's store says at the end, by the job's id. */
  readonly store: ReadonlyMap<string, StoredJob>;
  /** When the engine's store was down, epoch milliseconds. */
  readonly outages: readonly Outage[];
  /** What Jaeger has. */
  readonly spans: readonly ReceivedSpan[];
  /** What came to Loki's address. */
  readonly logs: readonly ReceivedLog[];
  /** What Prometheus has, by process. */
  readonly totals: ReadonlyMap<string, Totals>;
}

export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** What is known of a process by files that it wrote. */
export interface ProcessEvidence {
  readonly name: string;
  /** By SIGKILL, or it ended by itself without telling anybody what it had left. */
  readonly killed: boolean;
  /** When it was, epoch milliseconds. */
  readonly diedAt: number | undefined;
  readonly facts: readonly Fact[];
  readonly made: readonly MadeSpan[];
  readonly spans: ExportedIds;
  readonly logs: ExportedIds;
  readonly metrics: readonly NotedMetrics[];
  /** What its last `stats()` says was lost. */
  readonly lost: { readonly spans: Lost; readonly logs: Lost };
}

export interface Lost {
  readonly failed: number;
  readonly dropped: number;
}
