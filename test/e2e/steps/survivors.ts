import { compare } from '../../support/compare.js';
import { compareTotals } from '../../support/compare-metrics.js';
import { compareSpans } from '../../support/compare-spans.js';
import type { LedgerJob } from '../../support/ledger-reader.js';
import type { Received, ReceivedSpan } from '../../support/otlp-model.js';
import type { ExportedIds } from '../subjects/exports.js';
import { logId } from '../subjects/exports.js';
import type { Account, Played } from '../subjects/job-queue.js';
import { optionsOf } from '../subjects/job-queue.js';

/** What is missing, and what must not be. */
export interface Survivors {
  readonly missing: { readonly spans: number; readonly logs: number };
  readonly mismatches: readonly string[];
}

/**
 * Compares by id after an outage: everything whose delivery an exporter confirmed is there, nothing is there that no exporter was
 * given, and there is not more missing than `stats()` calls failed or dropped. The totals are whole: they are cumulative.
 */
export function compareSurvivors(played: Played, received: Received): Survivors {
  const { ledger, play } = played;
  // A delivery after a restart may have come twice.
  const spans = [...new Map(received.spans.map((span) => [span.spanId, span])).values()];
  const ofSpans = compareIds('span', played.exports('spans'), played.account('spans'), {
    found: new Set(spans.map(({ spanId }) => spanId)),
    ended: ledger.reduce((sum, job) => sum + leastSpans(job), 0),
  });
  const ofLogs = compareIds('log record', played.exports('logs'), played.account('logs'), {
    found: new Set(received.logs.map(logId)),
  });
  const { jobs, own } = wholeJobs(ledger, spans);
  const options = optionsOf(play);
  return {
    missing: { spans: ofSpans.missing, logs: ofLogs.missing },
    mismatches: [
      ...ofSpans.mismatches,
      ...ofLogs.mismatches,
      ...compare(jobs, { ...received, spans: own }, options, [compareSpans]).mismatches,
      ...compare(ledger, received, options, [compareTotals]).mismatches,
    ],
  };
}

/** What a backend has, and how many there should be where that is known otherwise. */
interface Ids {
  readonly found: ReadonlySet<string>;
  readonly ended?: number;
}

function compareIds(
  what: string,
  { given, delivered }: ExportedIds,
  { failed, dropped }: Account,
  { found, ended }: Ids,
): { readonly missing: number; readonly mismatches: string[] } {
  const lost = failed + Object.values(dropped).reduce((sum, n) => sum + n, 0);
  // Those that no exporter was ever given have no id here, but a number.
  const never = Math.max(0, (ended ?? given.size) - given.size);
  const mismatches: string[] = [];
  if (given.size - delivered.size + never > lost)
    mismatches.push(
      `of ${given.size + never} ${what}s ${delivered.size} were delivered, and stats() calls ${lost} lost`,
    );
  const gone = [...delivered].filter((id) => !found.has(id));
  const strange = [...found].filter((id) => !given.has(id));
  const missing = [...given].filter((id) => !found.has(id)).length + never;
  if (gone.length > 0)
    mismatches.push(
      `${gone.length} of ${delivered.size} ${what}s are missing though delivered, as ${gone[0]}`,
    );
  if (strange.length > 0)
    mismatches.push(`${strange.length} ${what}s were found and never exported, as ${strange[0]}`);
  if (missing > lost)
    mismatches.push(`${missing} ${what}s are missing, and stats() calls ${lost} failed or dropped`);
  return { missing, mismatches };
}

/** Of its enqueue, of each attempt, and of its end where there was no attempt that could tell it. */
function leastSpans({ accepted, attempts }: LedgerJob): number {
  return 1 + attempts.length + (accepted !== undefined && attempts.length === 0 ? 1 : 0);
}

/** The jobs of which no span is missing, and their spans. */
function wholeJobs(
  ledger: readonly LedgerJob[],
  spans: readonly ReceivedSpan[],
): { readonly jobs: LedgerJob[]; readonly own: ReceivedSpan[] } {
  const byJob = new Map<unknown, ReceivedSpan[]>();
  for (const span of spans) {
    const id = span.attributes['job.id'];
    byJob.set(id, [...(byJob.get(id) ?? []), span]);
  }
  const jobs = ledger.filter(({ id, attempts, accepted }) => {
    const own = byJob.get(id) ?? [];
    const ofAttempts = own.filter(({ attributes }) => attributes['messaging.operation.name'] !== 'settle');
    // Whether an attempt told the end or a span of its own, one says it.
    const isEnded = own.some(({ attributes }) => attributes['job.outcome'] !== undefined);
    return ofAttempts.length === 1 + attempts.length && isEnded === (accepted !== undefined);
  });
  return { jobs, own: jobs.flatMap(({ id }) => byJob.get(id) ?? []) };
}
