import type { Job, Processor } from 'bullmq';
import type { WorkerWatch } from './worker-watch.js';

/**
 * A processor that is observed. It takes as many parameters as the app's own: BullMQ makes an AbortSignal for one that takes three, and
 * only such a job can be cancelled.
 */
export function observeProcessor<D, R, N extends string>(
  processor: Processor<D, R, N>,
  watchOf: () => WorkerWatch | undefined,
): Processor<D, R, N> {
  type Args = Parameters<Processor<D, R, N>>;

  async function run(self: unknown, args: Args): Promise<R> {
    const [job, , signal] = args;
    const watch = watchOf();
    watch?.taken(job as unknown as Job);
    const running = watch?.begin(job as unknown as Job, signal);
    if (!watch || !running) return Reflect.apply(processor, self, args) as Promise<R>;
    try {
      // Async, so that a thenable that is no promise, a lazy query, does its work within the attempt too.
      return await running.run(async () => Reflect.apply(processor, self, args) as Promise<R>);
    } catch (error) {
      watch.threw(running, error);
      throw error;
    } finally {
      watch.handlerEnded(running);
    }
  }

  // Whatever more BullMQ gives is passed on: rest parameters do not count.
  if (processor.length >= 3)
    return function (this: unknown, job, token, signal, ...more: unknown[]) {
      return run(this, [job, token, signal, ...more] as unknown as Args);
    };
  return function (this: unknown, job, token, ...more: unknown[]) {
    return run(this, [job, token, ...more] as unknown as Args);
  };
}
