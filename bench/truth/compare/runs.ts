import type { Begin, End } from '../facts.js';
import type { MadeSpan } from '../subjects/noted.js';
import type { Evidence, ProcessEvidence } from './evidence.js';

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
  /** When a job's id was answered, epoch milliseconds. */
  readonly acceptedAt: ReadonlyMap<string, number>;
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
  const acceptedAt = new Map<string, number>();
  const askedAt = new Map<string, number>();
  for (const process of processes) {
    for (const span of process.made) {
      made.set(span.span, { process, span });
      if (span.operation === 'enqueue' && span.job !== undefined) enqueueOf.set(span.job, { process, span });
    }
    const ends = new Map<string, End>();
    for (const fact of process.facts) {
      if (fact.fact === 'end') ends.set(fact.span, fact);
      if (fact.fact === 'accepted') {
        acceptedBy.set(fact.id, process);
        acceptedAt.set(fact.id, fact.at);
      }
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
  return { made, runs, runsOf: (id) => byJob.get(id) ?? [], acceptedBy, acceptedAt, askedAt, enqueueOf };
}
