/** How an attempt ended, as its handler saw it. */
export interface LedgerEnd {
  readonly fact: 'returned' | 'threw' | 'timed_out';
  readonly at: number;
  readonly error?: string;
}

export interface LedgerAttempt {
  readonly number: number;
  readonly at: number;
  readonly worker: string;
  readonly runnableAt: number;
  /** Missing where the run was over before the handler was. */
  end?: LedgerEnd;
}

/** All that the ledger knows of one job. Times are epoch milliseconds with fractions. */
export interface LedgerJob {
  readonly id: string;
  readonly type: string;
  accepted?: {
    readonly at: number;
    readonly priority: number;
    readonly runnableAt: number;
    readonly maxAttempts: number;
  };
  rejected?: { readonly at: number; readonly reason: string };
  cancelledAt?: number;
  readonly attempts: LedgerAttempt[];
}

interface Line {
  readonly at: number;
  readonly fact: string;
  readonly job: string;
  readonly type: string;
  readonly priority: number;
  readonly runnable_at: number;
  readonly max_attempts: number;
  readonly reason: string;
  readonly attempt: number;
  readonly worker: string;
  readonly error: string;
}

/** Reads a ledger, one JSON object a line. Throws where it contradicts itself: then there is no truth to compare with. */
export function readLedger(text: string): LedgerJob[] {
  const jobs = new Map<string, LedgerJob>();
  for (const row of text.split('\n').filter(Boolean)) {
    const line = JSON.parse(row) as Line;
    const job = jobs.get(line.job) ?? { id: line.job, type: line.type, attempts: [] };
    jobs.set(line.job, job);
    read(line, job, row);
  }
  return [...jobs.values()];
}

function read(line: Line, job: LedgerJob, row: string): void {
  const must = (holds: boolean): void => {
    if (!holds) throw new Error(`the ledger contradicts itself: ${row}`);
  };
  const { at, fact } = line;
  must(Number.isFinite(at) && line.type === job.type);
  const running = job.attempts.at(-1);
  switch (fact) {
    case 'accepted':
      must(job.accepted === undefined && job.rejected === undefined);
      job.accepted = {
        at,
        priority: line.priority,
        runnableAt: line.runnable_at,
        maxAttempts: line.max_attempts,
      };
      break;
    case 'rejected':
      must(job.accepted === undefined && job.rejected === undefined && job.attempts.length === 0);
      job.rejected = { at, reason: line.reason };
      break;
    case 'cancelled':
      must(job.cancelledAt === undefined);
      job.cancelledAt = at;
      break;
    case 'began':
      must(line.attempt === job.attempts.length + 1 && (running === undefined || running.end !== undefined));
      job.attempts.push({ number: line.attempt, at, worker: line.worker, runnableAt: line.runnable_at });
      break;
    case 'returned':
    case 'threw':
    case 'timed_out':
      if (running === undefined) throw new Error(`the ledger contradicts itself: ${row}`);
      must(running.number === line.attempt && running.end === undefined);
      running.end = { fact, at, ...(fact === 'threw' ? { error: line.error } : {}) };
      break;
    default:
      must(false);
  }
}

/** What a job must have come to. Where the ledger leaves it open, all reasons that it can be. */
export type LedgerOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'abandoned'; readonly reason: string };

/** The end that an accepted job must have had; `withdrawn` is how one that was cancelled is told. */
export function outcomeOf(job: LedgerJob, withdrawn = 'cancelled'): LedgerOutcome {
  const last = job.attempts.at(-1);
  const end = last?.end;
  // A cancelling that came after the job's end changed nothing.
  const cancelled = job.cancelledAt !== undefined && (end?.fact !== 'returned' || job.cancelledAt < end.at);
  if (cancelled) return { kind: 'abandoned', reason: withdrawn };
  if (end?.fact === 'returned') return { kind: 'completed' };
  if (end === undefined || last?.number !== job.accepted?.maxAttempts)
    return { kind: 'abandoned', reason: 'shutdown' };
  return { kind: 'abandoned', reason: end.fact === 'timed_out' ? 'timeout' : 'max_attempts' };
}
