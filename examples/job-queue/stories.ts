import type { Plan } from './plan.js';
import { DOOMED, MENDED } from './plan.js';
import { BURST } from './produce.js';
import { timeText } from './time-text.js';

/** A job worth watching, and why. */
export interface Story {
  readonly kind: 'dead' | 'retried' | 'slow';
  /** The id that the plan gives the job. */
  readonly id: string;
  readonly type: string;
  /** For a person: what happens to it. */
  readonly plot: string;
}

/** What of a run's options decides its stories. */
export interface StoriesOptions {
  readonly jobs: number;
  readonly forever: boolean;
  readonly speed: number;
}

/** The stories of a run, in the order in which their jobs come. They are of the jobs before the burst, for the queue refuses none of these. */
export function storiesOf(plan: Plan, { jobs, forever, speed }: StoriesOptions): Story[] {
  const numbers = Array.from({ length: forever ? BURST : Math.min(jobs, BURST) }, (_, n) => n);
  const work = (n: number): number => plan.attempt(plan.job(n).id, 1).workMillis;
  const returns = (n: number): boolean => plan.attempt(plan.job(n).id, 1).outcome === 'returns';
  const [slow] = numbers
    .filter((n) => n !== DOOMED && n !== MENDED && returns(n))
    .sort((a, b) => work(b) - work(a));
  const kinds = numbers.flatMap((n): [number, Story['kind'], string][] => {
    if (n === DOOMED) return [[n, 'dead', `fails in each of its ${plan.job(n).maxAttempts} attempts`]];
    if (n === MENDED) return [[n, 'retried', 'fails once, and is tried again']];
    return n === slow ? [[n, 'slow', `takes long: ${timeText(work(n) / speed)}`]] : [];
  });
  return kinds.map(([n, kind, plot]) => ({ kind, id: plan.job(n).id, type: plan.job(n).type, plot }));
}
