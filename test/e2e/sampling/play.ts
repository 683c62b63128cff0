import { dice } from '../../../examples/job-queue/dice.js';

/** What becomes of a job. */
export interface Kind {
  /** Refused at its enqueue, with this reason. */
  readonly rejected?: 'queue_full';
  /** Sleeps before it may run, and so waits. */
  readonly waitMillis?: number;
  readonly attempts: readonly {
    readonly how: 'completes' | 'fails' | 'is lost';
    readonly runMillis?: number;
  }[];
  /** Where its attempts do not complete it. */
  readonly abandoned?: 'max_attempts' | 'not_retryable' | 'stalled' | 'expired' | 'cancelled';
}

const COMPLETES = { how: 'completes' } as const;
const FAILS = { how: 'fails' } as const;
const IS_LOST = { how: 'is lost' } as const;

/** The kinds of jobs, and which share of a play each is. */
export const KINDS = {
  good: { share: 0.8, attempts: [COMPLETES] },
  retried: { share: 0.04, attempts: [FAILS, COMPLETES] },
  'abandoned after attempts': { share: 0.03, attempts: [FAILS, FAILS], abandoned: 'max_attempts' },
  'given up at once': { share: 0.02, attempts: [FAILS], abandoned: 'not_retryable' },
  'lost once': { share: 0.02, attempts: [IS_LOST, COMPLETES] },
  'lost for good': { share: 0.01, attempts: [IS_LOST], abandoned: 'stalled' },
  'long wait': { share: 0.02, waitMillis: 1200, attempts: [COMPLETES] },
  'long run': { share: 0.02, attempts: [{ how: 'completes', runMillis: 1200 }] },
  rejected: { share: 0.01, rejected: 'queue_full', attempts: [] },
  expired: { share: 0.01, attempts: [], abandoned: 'expired' },
  cancelled: { share: 0.02, attempts: [], abandoned: 'cancelled' },
} as const satisfies Readonly<Record<string, Kind & { readonly share: number }>>;

export type KindName = keyof typeof KINDS;

/** The kind of each job of a play: the same for the same seed. */
export function kindsOf(jobs: number, seed: number): KindName[] {
  return Array.from({ length: jobs }, (_, i) => kindOf(dice(seed, i)));
}

function kindOf(thrown: number): KindName {
  let left = thrown;
  for (const [name, { share }] of Object.entries(KINDS)) {
    if (left < share) return name as KindName;
    left -= share;
  }
  return 'good';
}
