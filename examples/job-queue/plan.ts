import { dice, drawFrom } from './dice.js';

/** The kinds of work of this example. */
export const JOB_TYPES = ['email', 'report', 'data_processing', 'payment'] as const;
export type JobType = (typeof JOB_TYPES)[number];

export function isJobType(text: string): text is JobType {
  return JOB_TYPES.some((type) => type === text);
}

/** Share of attempts that fail, 0 to 1. */
export type FailureRates = Record<JobType, number>;

export const FAILURE_RATES: Readonly<FailureRates> = {
  email: 0.1,
  report: 0.05,
  data_processing: 0.08,
  payment: 0.05,
};

/** What the jobs carry. Addresses, subjects, users and card holders are nobody's business but the handlers'. */
export interface Payloads {
  readonly email: { readonly to: string; readonly subject: string; readonly template: string };
  readonly report: { readonly report_type: string; readonly user_id: string };
  readonly data_processing: { readonly data_source: string; readonly operation: string };
  readonly payment: {
    readonly user: string;
    readonly card_holder: string;
    readonly currency: 'EUR' | 'USD';
    readonly amount: number;
  };
}

/** A job as the producer offers it. */
export interface PlannedJob {
  readonly id: string;
  readonly type: JobType;
  /** 0 to 9; higher is sooner. */
  readonly priority: number;
  readonly payload: Payloads[JobType];
  readonly maxAttempts: number;
  /** How long the producer rests after it. */
  readonly pauseMillis: number;
}

/** What one attempt comes to. */
export interface PlannedAttempt {
  readonly workMillis: number;
  readonly outcome: 'returns' | 'throws' | 'hangs';
}

export interface Plan {
  /** Job `n`, counted from 0. */
  job(n: number): PlannedJob;
  /** Attempt `k`, counted from 1, of the job with this id. */
  attempt(id: string, k: number): PlannedAttempt;
}

/** The job whose every attempt fails, whatever the seed: so that a retry and an abandonment are always seen. */
export const DOOMED = 3;
/** The job whose first attempt fails and no other that a draw does not: so that a retry that helps is seen too. */
export const MENDED = 5;

const MAX_ATTEMPTS = 3;
const MAX_PAUSE_MILLIS = 2000;
const MAX_WORK_MILLIS: Readonly<Record<JobType, number>> = {
  email: 2000,
  report: 5000,
  data_processing: 3000,
  payment: 1500,
};

/** What the plan is drawn with. `hang` is a share of attempts, 0 to 1. */
export interface PlanOptions {
  readonly seed: number;
  readonly failureRates: FailureRates;
  readonly hang: number;
}

/**
 * The script of a run: type, payload, work time and outcome of job n and attempt k depend on (seed, n, k) alone, so that a
 * run can be repeated however its workers take turns.
 */
export function createPlan({ seed, failureRates, hang }: PlanOptions): Plan {
  const typeOf = (n: number): JobType => drawFrom(JOB_TYPES, seed, n, 'type');

  return {
    job(n) {
      const type = typeOf(n);
      return {
        id: `job_${seed}_${n}`,
        type,
        priority: Math.floor(dice(seed, n, 'priority') * 10),
        payload: payloads[type](seed, n),
        maxAttempts: MAX_ATTEMPTS,
        pauseMillis: dice(seed, n, 'pause') * MAX_PAUSE_MILLIS,
      };
    },

    attempt(id, k) {
      const n = Number(id.slice(id.lastIndexOf('_') + 1));
      const type = typeOf(n);
      const workMillis = dice(seed, n, k, 'work') * MAX_WORK_MILLIS[type];
      if (n === DOOMED) return { workMillis, outcome: 'throws' };
      if (n === MENDED && k === 1) return { workMillis, outcome: 'throws' };
      if (dice(seed, n, k, 'hang') < hang) return { workMillis, outcome: 'hangs' };
      return { workMillis, outcome: dice(seed, n, k, 'fail') < failureRates[type] ? 'throws' : 'returns' };
    },
  };
}

const payloads: { readonly [T in JobType]: (seed: number, n: number) => Payloads[T] } = {
  email: (seed, n) => ({
    to: `customer.${seed}.${n}@mail.example`,
    subject: `Welcome to our service, customer ${seed}/${n}`,
    template: drawFrom(['welcome_email', 'receipt', 'password_reset'], seed, n, 'template'),
  }),
  report: (seed, n) => ({
    report_type: drawFrom(['sales', 'inventory', 'churn'], seed, n, 'report_type'),
    user_id: `user_${seed}_${n}`,
  }),
  data_processing: (seed, n) => ({
    data_source: drawFrom(['user_events', 'orders', 'clicks'], seed, n, 'data_source'),
    operation: drawFrom(['aggregate', 'deduplicate', 'enrich'], seed, n, 'operation'),
  }),
  payment: (seed, n) => ({
    user: `user_${seed}_${n}`,
    card_holder: `Card Holder ${seed}/${n}`,
    currency: drawFrom(['EUR', 'USD'], seed, n, 'currency'),
    amount: Math.round(dice(seed, n, 'amount') * 50_000) / 100,
  }),
};
