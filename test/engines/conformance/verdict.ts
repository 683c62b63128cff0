import type { LedgerAttempt, LedgerJob, LedgerLife, Settled } from './ledger.js';

/** What must be told of one attempt, as it follows from the ledger. */
export interface Verdict {
  readonly attempt: LedgerAttempt;
  /** `gone`: it was killed with its process. */
  readonly outcome: Settled | 'gone';
  readonly errorType: string | undefined;
  /** After a failure: another attempt followed. */
  readonly retried: boolean;
  /** Of the job, where this attempt was its bad end. */
  readonly reason: string | undefined;
}

/** The verdicts on all attempts of a job, in order. */
export function verdictsOf(job: LedgerJob): readonly Verdict[] {
  return job.lives.flatMap((life) => life.attempts.map((attempt, i) => verdictOf(life, attempt, i)));
}

function verdictOf(life: LedgerLife, attempt: LedgerAttempt, i: number): Verdict {
  const outcome = outcomeOf(attempt);
  const isLast = i === life.attempts.length - 1;
  const failed = outcome === 'failed' || outcome === 'timed_out';
  const endsJob = isLast && life.end === 'abandoned' && (failed || outcome === 'lost');
  return {
    attempt,
    outcome,
    errorType: errorTypeOf(attempt, outcome),
    retried: failed && !endsJob,
    reason: endsJob ? (life.reason ?? reasonOf(outcome, attempt)) : undefined,
  };
}

function outcomeOf({ settled, did }: LedgerAttempt): Verdict['outcome'] {
  if (did === 'killed') return 'gone';
  if (settled !== undefined) return settled;
  return did === 'returned' ? 'completed' : did === 'threw' ? 'failed' : 'lost';
}

function reasonOf(outcome: Verdict['outcome'], { error }: LedgerAttempt): string {
  if (outcome === 'timed_out') return 'timeout';
  const name = error instanceof Error ? error.name : undefined;
  return name === 'NotRetryable' || name === 'UnrecoverableError' ? 'not_retryable' : 'max_attempts';
}

function errorTypeOf({ error }: LedgerAttempt, outcome: Verdict['outcome']): string | undefined {
  if (outcome === 'timed_out') return 'timeout';
  if (outcome === 'lost') return 'lost';
  if (outcome !== 'failed') return undefined;
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
