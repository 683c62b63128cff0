import { randomOf } from './dice.js';

/** What becomes of a job, told to its handler in its payload. */
export interface Plan {
  readonly key: string;
  /** Its attempts up to this number throw. */
  readonly fails: number;
  /** Milliseconds that its handler takes. */
  readonly takes: number;
}

export const MAX_ATTEMPTS = 3;
/** The name of the queue, task or job type that everything runs under. */
export const QUEUE = 'truth';

/** So many jobs: of a hundred, eight fail once, two fail always. */
export function planJobs(jobs: number, seed: number): Plan[] {
  const random = randomOf(seed);
  return Array.from({ length: jobs }, (_, i) => {
    const luck = random();
    const fails = luck < 0.02 ? MAX_ATTEMPTS : luck < 0.1 ? 1 : 0;
    return { key: `key-${i}`, fails, takes: 1 + Math.floor(random() * 25) };
  });
}
