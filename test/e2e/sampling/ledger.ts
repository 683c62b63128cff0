/** One attempt, as it really was. */
export interface LedgerAttempt {
  readonly traceId: string;
  readonly outcome: 'completed' | 'failed' | 'lost';
  readonly errorType?: string;
  readonly waitMillis: number;
  readonly runMillis: number;
}

/** One job, as it really was. */
export interface LedgerJob {
  readonly queue: string;
  readonly type: string;
  /** Of its enqueue span, which no other job shares. */
  readonly traceId: string;
  readonly rejected?: string;
  readonly attempts: readonly LedgerAttempt[];
  /** Undefined where it was rejected, or still waits. */
  readonly end?: { readonly outcome: 'completed' | 'abandoned'; readonly reason?: string };
}

/** What jobs did and which spans were made, told by the process that played them and not by what is tested. */
export interface Ledger {
  readonly jobs: readonly LedgerJob[];
  /** Span ids by trace id. */
  readonly spans: Readonly<Record<string, readonly string[]>>;
  /** Spans of bad ends that no attempt saw. */
  readonly settles: readonly { readonly traceId: string; readonly reason: string }[];
}

/** All of them as one: a trace's spans may be in more than one, and of a job the last that is told counts. */
export function merged(ledgers: readonly Ledger[]): Ledger {
  const jobs = new Map(ledgers.flatMap((ledger) => ledger.jobs.map((job) => [job.traceId, job])));
  const spans: Record<string, string[]> = {};
  for (const [id, own] of ledgers.flatMap((ledger) => Object.entries(ledger.spans)))
    spans[id] = [...(spans[id] ?? []), ...own];
  return { jobs: [...jobs.values()], spans, settles: ledgers.flatMap(({ settles }) => settles) };
}
