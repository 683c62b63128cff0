/** Milliseconds that graphile-worker waits after a failed attempt: `exp(least(attempts, 10))` seconds. */
export function retryDelayMillis(attempts: number): number {
  return Math.exp(Math.min(attempts, 10)) * 1000;
}
