import type { Emission } from '../emission/emission.js';
import { JOB_QUEUED } from '../jobs/enqueue-signals.js';
import {
  JOB_ABANDONED,
  JOB_COMPLETED,
  JOB_DEFERRED,
  JOB_FAILED,
  JOB_RETRYING,
  JOB_STARTED,
} from '../jobs/job-signals.js';
import type { AttemptDraft, JobDraft, RecordedJob } from './recorded-job.js';
import { JobDrafts, newAttempt } from './recorded-job.js';

/** The jobs in the signals of jobs: also those of batches, and jobs whose spans are not sampled. */
export function jobsOfEmissions(emissions: readonly Emission[]): readonly RecordedJob[] {
  const drafts = new JobDrafts();
  for (const emission of emissions) {
    const tell = TELLS[emission.signal];
    const id = textIn(emission, 'job_id');
    if (!tell || id === undefined) continue;
    const job = drafts.of(id, textIn(emission, 'queue'));
    job.type ??= textIn(emission, 'job_type');
    tell(job, emission);
  }
  return drafts.all;
}

const TELLS: Readonly<Record<string, (job: JobDraft, emission: Emission) => void>> = {
  [JOB_QUEUED.name]: (job) => {
    job.enqueued = true;
  },
  [JOB_STARTED.name]: (job, emission) => {
    const { traceId, spanId } = emission;
    job.attempts.push(
      newAttempt({
        number: numberIn(emission, 'attempt'),
        waitMillis: numberIn(emission, 'wait'),
        worker: textIn(emission, 'worker_id'),
        traceId,
        spanId,
      }),
    );
  },
  [JOB_COMPLETED.name]: (job, emission) => {
    const attempt = open(job, numberIn(emission, 'attempts'));
    if (attempt) {
      attempt.outcome = 'completed';
      attempt.durationMillis = numberIn(emission, 'duration');
    }
    job.end = { outcome: 'completed', reason: undefined, turnaroundMillis: numberIn(emission, 'turnaround') };
  },
  [JOB_FAILED.name]: (job, emission) => {
    const attempt = open(job, numberIn(emission, 'attempt'));
    if (!attempt) return;
    attempt.outcome = 'failed';
    attempt.durationMillis = numberIn(emission, 'duration');
    attempt.errorType = emission.errors?.error?.type;
  },
  [JOB_RETRYING.name]: (job, emission) => {
    const number = numberIn(emission, 'attempt');
    const attempt = last(job.attempts, number);
    if (attempt) attempt.retryDelayMillis = numberIn(emission, 'retry_delay');
  },
  [JOB_DEFERRED.name]: (job) => {
    const attempt = open(job, undefined);
    if (attempt) attempt.outcome = 'deferred';
  },
  [JOB_ABANDONED.name]: (job, emission) => {
    const reason = textIn(emission, 'reason');
    job.end = { outcome: 'abandoned', reason, turnaroundMillis: numberIn(emission, 'turnaround') };
  },
};

/**
 * The open attempt that an end belongs to: the one with its number or, if one of the two has no number, the last. An end with another
 * number belongs to an attempt that ran elsewhere.
 */
function open({ attempts }: JobDraft, number: number | undefined): AttemptDraft | undefined {
  const running = attempts.filter(({ outcome }) => outcome === undefined);
  const own = last(running, number);
  return own ?? (number === undefined ? running.at(-1) : last(running, undefined));
}

function last(attempts: readonly AttemptDraft[], number: number | undefined): AttemptDraft | undefined {
  return attempts.filter((one) => one.number === number).at(-1);
}

function textIn({ fields }: Emission, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

function numberIn({ fields }: Emission, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' ? value : undefined;
}
