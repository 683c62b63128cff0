import type { JobWithMetadata, PgBoss, WorkOptions } from 'pg-boss';
import { plain } from '../../jobs/given.js';
import type { QueueTelemetry } from '../../jobs/queue.js';
import type { WorkerTelemetry } from '../../jobs/workers.js';
import { spanOf } from '../../telemetry/context.js';
import { Call } from './call.js';
import { attemptInfoOf } from './job-facts.js';
import { wasStalled } from './note.js';
import type { ObservedBoss } from './observed-boss.js';
import { whoseSpans } from './whose-spans.js';

type Handler = (jobs: JobWithMetadata<unknown>[], transaction: unknown) => unknown;

/** The workers of a boss: its `work` and `offWork`, observed. */
export class WorkerWatch {
  readonly #observed: ObservedBoss;
  readonly #workers = new Map<string, { readonly queue: string; readonly telemetry: WorkerTelemetry }>();

  constructor(observed: ObservedBoss) {
    this.#observed = observed;
  }

  readonly work = async (...args: unknown[]): Promise<string> => {
    const { boss, core } = this.#observed;
    const [name] = args;
    const handler = args.at(-1);
    const queue = this.#observed.queue(name);
    if (!queue || typeof handler !== 'function') return Reflect.apply(boss.work, boss, args);
    const options = plain((args.length > 2 ? args[1] : {}) as WorkOptions);
    const caller = spanOf(core.activeContext());
    let worker: WorkerTelemetry | undefined;
    const observed = (jobs: JobWithMetadata<unknown>[], transaction: unknown): Promise<unknown> => {
      this.#observed.spans = whoseSpans(this.#observed, caller);
      return observe(this.#observed, queue, options, worker, jobs, () =>
        (handler as Handler)(jobs, transaction),
      );
    };
    const id = await Reflect.apply(boss.work, boss, [name, { ...options, includeMetadata: true }, observed]);
    worker = queue.worker(id, { slots: slotsOf(options) });
    this.#workers.set(id, { queue: queue.name, telemetry: worker });
    worker.started();
    return id;
  };

  readonly offWork: PgBoss['offWork'] = async (name, options) => {
    const { boss } = this.#observed;
    const { id, wait } = options ?? { wait: true };
    const theirs = [...this.#workers].filter(
      ([own, { queue }]) => queue === name && (id === undefined || id === own),
    );
    const stopped = (): void => {
      for (const [own, { telemetry }] of theirs) {
        telemetry.stopped();
        this.#workers.delete(own);
      }
    };
    await boss.offWork(name, options);
    if (wait) return stopped();
    // Further calls wait for the workers that the first has told to stop: by their ids, for by now others may work on the queue.
    const ends = theirs.map(([own]) => boss.offWork(name, { id: own, wait: true }));
    void Promise.allSettled(ends).then(stopped);
  };

  /** pg-boss has stopped: no worker runs any more. */
  stopped(): void {
    for (const { telemetry } of this.#workers.values()) telemetry.stopped();
    this.#workers.clear();
  }
}

async function observe(
  observed: ObservedBoss,
  queue: QueueTelemetry,
  options: Partial<WorkOptions>,
  worker: WorkerTelemetry | undefined,
  jobs: readonly JobWithMetadata<unknown>[],
  handler: () => unknown,
): Promise<unknown> {
  const received = observed.bridge.received() ?? [];
  const now = queue.now();
  // Of a batch only those that carry something are known, in their order: each gives a link, whichever job it is counted with.
  const infos = jobs.map((job, i) => attemptInfoOf(observed, job, received[i], worker?.id, now));
  for (const [i, job] of jobs.entries()) {
    // Where not all carry something, nobody knows whose is whose.
    const carrier = received.length === jobs.length ? received[i] : undefined;
    if (job.retryCount > 0 && wasStalled(job.output))
      queue.stalled({ id: job.id }, { attempt: job.retryCount, carrier });
  }
  const span = observed.spans === 'engine' ? 'active' : 'own';
  const [only] = infos;
  const single = jobs.length === 1 && only ? queue.attempt(only) : undefined;
  const batch = single ? undefined : queue.batch(infos, { worker: worker?.id, span });
  const attempts = single ? [single] : (batch?.attempts ?? []);
  const parts = jobs.flatMap((job, i) => {
    const attempt = attempts[i];
    return attempt ? [{ job, attempt }] : [];
  });
  const call = new Call(observed, queue.name, parts, {
    perJobResults: options.perJobResults === true,
    transactional: options.transactional === true,
  });
  let value: unknown;
  try {
    // What has only a `then`, as queries of ORMs do, begins when it is awaited: that belongs into the attempt.
    value = await (single ?? batch)?.run(async () => handler());
  } catch (error) {
    await call.failed(error);
    throw error;
  }
  await call.completed(value);
  return value;
}

// Each of the workers of a work() runs a batch at once.
function slotsOf({ localConcurrency, batchSize }: Partial<WorkOptions>): number {
  const slots = (localConcurrency ?? 1) * (batchSize ?? 1);
  return Number.isInteger(slots) && slots > 0 ? slots : 1;
}
