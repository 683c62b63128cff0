import type { Emission } from '../emission/emission.js';
import { didYouMean } from '../signal/did-you-mean.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { jobsOfEmissions } from './jobs-of-emissions.js';
import type { SpanLike } from './jobs-of-spans.js';
import { jobsOfSpans } from './jobs-of-spans.js';
import type { RecordedJob } from './recorded-job.js';

/**
 * The source of recorded jobs: a recorder, or the finished spans of an app's own `InMemorySpanExporter`. Only spans show links, and
 * only a recorder shows each job of a batch.
 *
 * @example
 * ```ts
 * import { type JobSource, recordedJobs, recorder } from 'signalbox/testing';
 *
 * const ids = (source: JobSource) => recordedJobs(source).map(({ id }) => id);
 * console.assert(ids(recorder()).length === 0 && ids([]).length === 0);
 * ```
 */
export type JobSource = readonly SpanLike[] | { emissions(): readonly Emission[] };

/**
 * The jobs that were recorded, in the order in which they first appear.
 *
 * @param source A recorder that job signals are routed to, or finished spans.
 * @throws {SignalboxError} If it is neither.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { recordedJobs, recorder } from 'signalbox/testing';
 *
 * const seen = recorder();
 * const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
 * for (const id of ['1', '2']) mail.attempt({ job: { id }, number: 1 }).completed();
 * console.assert(recordedJobs(seen).every(({ end }) => end?.outcome === 'completed'));
 * ```
 */
export function recordedJobs(source: JobSource): readonly RecordedJob[] {
  return jobsOf('recordedJobs', source);
}

/**
 * One job that was recorded.
 *
 * @param source A recorder that job signals are routed to, or finished spans.
 * @param id The job's id, as the engine gave it.
 * @param queue The job's queue, if several queues have a job of that id. Default: any.
 * @throws {Error} If there is no such job, or more than one. The message names those that were recorded.
 * @throws {SignalboxError} If `source` is neither.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { assertAttempts, recordedJob, recorder } from 'signalbox/testing';
 *
 * const seen = recorder();
 * const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
 * mail.attempt({ job: { id: '1' }, number: 1 }).completed();
 * assertAttempts(recordedJob(seen, '1'), ['completed']);
 * ```
 */
export function recordedJob(source: JobSource, id: string, queue?: string): RecordedJob {
  const all = jobsOf('recordedJob', source);
  const jobs = queue === undefined ? all : all.filter((job) => job.queue === queue);
  const [found, ...more] = jobs.filter((job) => job.id === id);
  if (found && more.length > 0) {
    const queues = [found, ...more].map((job) => shown(job.queue)).join(', ');
    throw new Error(`recordedJob: the queues ${queues} have a job ${shown(id)}. Give the queue, too.`);
  }
  if (found) return found;
  const ids = jobs.map((job) => job.id);
  const some = ids.slice(0, SHOWN).map(shown).join(', ');
  const unsaid = ids.length > SHOWN ? ` and ${ids.length - SHOWN} more` : '';
  throw new Error(
    `recordedJob: no job ${shown(id)}${queue === undefined ? '' : ` of the queue ${shown(queue)}`} was recorded.${didYouMean(String(id), ids)} Recorded: ${some || 'none'}${unsaid}.`,
  );
}

/** Maximum number of ids in a message. */
const SHOWN = 20;

function jobsOf(where: string, source: JobSource): readonly RecordedJob[] {
  if (Array.isArray(source)) return jobsOfSpans(source);
  const { emissions } = (source ?? {}) as { readonly emissions?: () => readonly Emission[] };
  if (typeof emissions === 'function') return jobsOfEmissions(emissions());
  throw new SignalboxError(
    `${where}: the source is ${shown(source)}. Give a recorder, or a list of finished spans as \`exporter.getFinishedSpans()\`.`,
  );
}
