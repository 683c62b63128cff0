import type { Job } from 'bullmq';
import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import { over } from '../common/function-proxy.js';
import type { WatchedWorker } from './worker-events.js';

type AnyProcessor = (this: unknown, ...args: never[]) => unknown;

/**
 * The processor, observed. It gets what BullMQ gives, and BullMQ gets what it returns. It keeps its `length`: BullMQ makes an AbortSignal only for a
 * processor that takes three arguments, and can cancel only such jobs.
 */
export function observeProcessor<P extends AnyProcessor>(
  processor: P,
  watchOf: () => WatchedWorker | undefined,
): P {
  return over(processor, (call, args) => {
    const watch = watchOf();
    const [job, , signal] = args as [Job, unknown, AbortSignal | undefined];
    const running = watch?.processes(job, signal);
    if (!watch || !running) return call(...args);
    let result: unknown;
    try {
      // Enter the attempt directly: each stack frame of ours takes one of the app's from the handler's errors.
      result = running.attempt.enter(() => within(call(...args)));
    } catch (error) {
      watch.threw(running, error);
      watch.handlerEnded(running);
      throw error;
    }
    const isPromise = beside(
      result,
      () => watch.handlerEnded(running),
      (error) => {
        watch.threw(running, error);
        watch.handlerEnded(running);
      },
      isFresh(result),
    );
    if (!isPromise) watch.handlerEnded(running);
    return result;
  });
}

/** A thenable that is no promise (a lazy query) starts its work when somebody calls `then`. That has to happen within the attempt. */
function within(result: unknown): unknown {
  return isLazy(result) ? (async () => result)() : result;
}

function isLazy(result: unknown): boolean {
  if (result instanceof Promise) return false;
  const isObject = (typeof result === 'object' && result !== null) || typeof result === 'function';
  return isObject && typeof (result as { readonly then?: unknown }).then === 'function';
}
