import type { Job } from 'bullmq';

/** Milliseconds that BullMQ waits after the n-th failure. Undefined if they are random or come from a function of the app's. */
export function backoffMillis({ opts }: Job, attemptsMade: number): number | undefined {
  const { backoff } = opts;
  if (backoff === undefined || backoff === 0) return 0;
  if (typeof backoff === 'number') return backoff;
  const { type, delay = 0, jitter } = backoff;
  if (jitter) return undefined;
  if (type === 'fixed') return delay;
  return type === 'exponential' ? Math.round(2 ** (attemptsMade - 1) * delay) : undefined;
}
