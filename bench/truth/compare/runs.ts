import type { Begin, End } from '../facts.js';
import type { MadeSpan } from '../subjects/noted.js';
import type { Evidence, Outage, ProcessEvidence } from './evidence.js';

/** A handler's run, by the ledger. */
export interface HandlerRun {
  readonly process: ProcessEvidence;
  readonly begin: Begin;
  /** Undefined where its process was killed before. */
  readonly end: End | undefined;
  /** Its span, where it ended. */
  readonly made: MadeSpan | undefined;
}

/** A span that some process ended. */
export interface Made {
  readonly process: ProcessEvidence;
  readonly span: MadeSpan;
}

/** The ledger, put in order. */
export interface Book {
  /** By the span's id. */
  readonly made: ReadonlyMap<string, Made>;
  readonly runs: ReadonlyMap<string, HandlerRun>;
  readonly runsOf: (id: string) => readonly HandlerRun[];
  /** The process that a job's id was answered to. */
  readonly acceptedBy: ReadonlyMap<string, ProcessEvidence>;
  /** The first moment that a key was asked for. */
  readonly askedAt: ReadonlyMap<string, number>;
  /** The span under which a job was put in. */
  readonly enqueueOf: ReadonlyMap<string, Made>;
}

export function bookOf({ processes }: Evidence): Book {
  const made = new Map<string, Made>();
  const enqueueOf = new Map<string, Made>();
  const runs = new Map<string, HandlerRun>();
  const byJob = new Map<string, HandlerRun[]>();
  const acceptedBy = new Map<string, ProcessEvidence>();
  const askedAt = new Map<string, number>();
  for (const process of processes) {
    for (const span of process.made) {
      made.set(span.span, { process, span });
      if (span.operation === 'enqueue' && span.job !== undefined) enqueueOf.set(span.job, { process, span });
    }
    const ends = new Map<string, End>();
    for (const fact of process.facts) {
      if (fact.fact === 'end') ends.set(fact.span, fact);
      if (fact.fact === 'accepted') acceptedBy.set(fact.id, process);
      if (fact.fact === 'ask' && !askedAt.has(fact.key)) askedAt.set(fact.key, fact.at);
    }
    for (const begin of process.facts) {
      if (begin.fact !== 'begin') continue;
      const run: HandlerRun = {
        process,
        begin,
        end: ends.get(begin.span),
        made: made.get(begin.span)?.span,
      };
      runs.set(begin.span, run);
      byJob.set(begin.id, [...(byJob.get(begin.id) ?? []), run]);
    }
  }
  return { made, runs, runsOf: (id) => byJob.get(id) ?? [], acceptedBy, askedAt, enqueueOf };
}

const BEFORE_MILLIS = 2_000;
/** Locks of the engines run out in this time after their store is back. */
const AFTER_MILLIS = 30_000;

/** Whether the engine's store was down at a moment, or not long before. */
export function isNearOutage(outages: readonly Outage[], at: number): boolean {
  return outages.some(({ from, to }) => at >= from - BEFORE_MILLIS && at <= to + AFTER_MILLIS);
}
