import type { Recent } from '../../jobs/bounded-map.js';
import { EXPIRED } from './job-row.js';
import type { KnownJob } from './running-jobs.js';

/** Whether the supervisor ended the previous attempt. Then its worker had vanished: one that lives ends its attempts itself. */
export function wasStalled(output: unknown): boolean {
  try {
    const message = (output as { value?: { message?: unknown } } | null)?.value?.message;
    return typeof message === 'string' && EXPIRED.includes(message);
  } catch {
    return false;
  }
}

/** One attempt of a job, by its number. */
export function lifeOf(id: string, attempt: number | undefined): string {
  return `${id} ${attempt}`;
}

/** Whether the worker of the previous attempt vanished, and no end of that attempt was emitted here. */
export function stalledBefore(lives: Recent<true>, { id, retryCount, output }: KnownJob): boolean {
  return retryCount > 0 && wasStalled(output) && !lives.has(lifeOf(id, retryCount));
}
