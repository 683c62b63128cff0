import { idleTimer } from '../unref-timer.js';

/** How waits between tries grow. */
export interface Backoff {
  readonly delayMillis: number;
  readonly maxDelayMillis: number;
  readonly jitter: boolean;
}

/** The wait after so many failures in a row. It doubles with each; with jitter, it is a random part of that. */
export function waitAfter(failures: number, { delayMillis, maxDelayMillis, jitter }: Backoff): number {
  const longest = Math.min(maxDelayMillis, delayMillis * 2 ** (failures - 1));
  return jitter ? Math.random() * longest : longest;
}

/** Waits. Rejects with the signal's reason if it aborts. */
export function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = idleTimer(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, millis);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}
