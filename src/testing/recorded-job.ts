/**
 * What became of an attempt. Only spans show that an attempt was lost.
 *
 * @example
 * ```ts
 * import { type AttemptOutcome, recordedJobs, recorder } from 'signalbox/testing';
 *
 * const outcomes: readonly (AttemptOutcome | undefined)[] = recordedJobs(recorder()).flatMap(({ attempts }) =>
 *   attempts.map(({ outcome }) => outcome),
 * );
 * console.assert(outcomes.length === 0);
 * ```
 */
export type AttemptOutcome = 'completed' | 'failed' | 'deferred' | 'lost';

/**
 * One execution of a job, as spans or signals show it. Values that they do not show are `undefined`.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { type RecordedAttempt, recordedJob, recorder } from 'signalbox/testing';
 *
 * const seen = recorder();
 * const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
 * mail.attempt({ job: { id: '1' }, number: 1 }).completed();
 * const [first]: readonly RecordedAttempt[] = recordedJob(seen, '1').attempts;
 * console.assert(first?.outcome === 'completed');
 * ```
 */
export interface RecordedAttempt {
  /** Counts from 1. Undefined for a start that does not count against the maximum, as a deferred one. */
  readonly number: number | undefined;
  /** Undefined while it runs. */
  readonly outcome: AttemptOutcome | undefined;
  /** `error.type`, if it failed or was lost. From signals: the type of the error that was thrown. */
  readonly errorType: string | undefined;
  /** Milliseconds from the moment when it could have run to its start. */
  readonly waitMillis: number | undefined;
  /** Milliseconds that it ran. */
  readonly durationMillis: number | undefined;
  /** Milliseconds until the next attempt, if one is to come. */
  readonly retryDelayMillis: number | undefined;
  readonly worker: string | undefined;
  /**
   * How its span relates to the enqueue span: as its child, by a link, or not at all. Only spans show it, and only if the enqueue
   * span is known.
   */
  readonly relation: 'parent' | 'link' | 'none' | undefined;
  /** The number of the attempt that its span links to. Only spans show it. */
  readonly previous: number | undefined;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/**
 * A job's end.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { type RecordedEnd, recordedJob, recorder } from 'signalbox/testing';
 *
 * const seen = recorder();
 * createJobs(createSignalbox({ destinations: { seen } })).queue('mail').abandoned({ id: '1' }, { reason: 'cancelled' });
 * const end: RecordedEnd | undefined = recordedJob(seen, '1').end;
 * console.assert(end?.outcome === 'abandoned' && end.reason === 'cancelled');
 * ```
 */
export interface RecordedEnd {
  readonly outcome: 'completed' | 'abandoned';
  /** Why it was abandoned, as in `max_attempts`. */
  readonly reason: string | undefined;
  /** Milliseconds from the moment when the job could first have run. */
  readonly turnaroundMillis: number | undefined;
}

/**
 * A job with its attempts, as {@link recordedJobs} finds them.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { type RecordedJob, recordedJob, recorder } from 'signalbox/testing';
 *
 * const seen = recorder();
 * const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
 * mail.attempt({ job: { id: '1' }, number: 1 }).failed(new Error('full'), { retry: false, reason: 'max_attempts' });
 * const job: RecordedJob = recordedJob(seen, '1');
 * console.assert(job.end?.outcome === 'abandoned' && job.end.reason === 'max_attempts');
 * ```
 */
export interface RecordedJob {
  readonly id: string;
  readonly type: string | undefined;
  readonly queue: string | undefined;
  /** Whether its enqueue was recorded. The spans of a bulk enqueue show at most 64 jobs. */
  readonly enqueued: boolean;
  /** In the order of their starts. */
  readonly attempts: readonly RecordedAttempt[];
  /** Undefined while the job has none. */
  readonly end: RecordedEnd | undefined;
}

/** A job that is still being put together. */
export interface JobDraft {
  readonly id: string;
  type: string | undefined;
  readonly queue: string | undefined;
  enqueued: boolean;
  readonly attempts: AttemptDraft[];
  end: RecordedEnd | undefined;
}

export type AttemptDraft = { -readonly [N in keyof RecordedAttempt]: RecordedAttempt[N] };

export function newAttempt(known: Partial<RecordedAttempt>): AttemptDraft {
  return {
    number: undefined,
    outcome: undefined,
    errorType: undefined,
    waitMillis: undefined,
    durationMillis: undefined,
    retryDelayMillis: undefined,
    worker: undefined,
    relation: undefined,
    previous: undefined,
    traceId: undefined,
    spanId: undefined,
    ...known,
  };
}

/** Jobs by queue and id, in the order in which they first appear. */
export class JobDrafts {
  readonly #byId = new Map<string, JobDraft>();

  of(id: string, queue: string | undefined): JobDraft {
    // Engines number jobs for each queue, so ids repeat.
    const key = JSON.stringify([queue, id]);
    const known = this.#byId.get(key);
    if (known) return known;
    const made: JobDraft = {
      id,
      type: undefined,
      queue,
      enqueued: false,
      attempts: [],
      end: undefined,
    };
    this.#byId.set(key, made);
    return made;
  }

  get all(): readonly RecordedJob[] {
    return [...this.#byId.values()];
  }
}
