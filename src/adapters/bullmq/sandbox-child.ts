import type { SandboxedJob } from 'bullmq';
import type { WithCore } from '../../box/core.js';
import { coreOf } from '../../box/core.js';
import { createJobs } from '../../jobs/index.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { readMetadata } from './job-carrier.js';
import { metadataOf } from './stored-job.js';

/** What the file of a sandboxed processor exports. */
export type SandboxedHandler<D, R> = (
  job: SandboxedJob<D, R>,
  token?: string,
  signal?: AbortSignal,
) => R | PromiseLike<R>;

/**
 * Wraps the handler in the file of a sandboxed processor, process or thread. Its signals, spans and logs are on the trace of the attempt. The process
 * that has the Worker (made by `jobs.worker(file, …)`) records the attempt itself. The child needs an SDK of its own, and has to flush it before it
 * ends.
 *
 * @param box What `createSignalbox` returned, in the child.
 * @param handler The processor that the file would export without signalbox.
 * @throws {SignalboxError} If the handler is no function, or the box is none.
 * @see https://docs.bullmq.io/guide/workers/sandboxed-processors
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal } from 'signalbox';
 * import { sandboxed } from 'signalbox/bullmq';
 *
 * const PAGE_RENDERED = defineSignal('PAGE_RENDERED');
 * const box = createSignalbox();
 *
 * export default sandboxed<{ url: string }>(box, async (job) => {
 *   await job.log(`renders ${job.data.url}`);
 *   box.emit(PAGE_RENDERED);
 * });
 * ```
 */
export function sandboxed<D = unknown, R = unknown>(
  box: WithCore,
  handler: SandboxedHandler<D, R>,
): SandboxedHandler<D, R> {
  coreOf('sandboxed', box);
  if (typeof handler !== 'function')
    throw new SignalboxError(`sandboxed: the handler is ${shown(handler)}. Give the processor's function.`);
  const jobs = createJobs(box, { system: 'bullmq' });
  return (job, token, signal) =>
    jobs.within(readMetadata(metadataOf(job.opts)).carrier, () => handler(job, token, signal));
}
