import type { JobWithMetadata, PgBoss, WorkOptions } from 'pg-boss';
import { plain } from '../../jobs/given.js';
import type { QueueHandle } from '../../jobs/queue.js';
import { beside } from '../../jobs/watch-promise.js';
import type { WorkerTelemetry } from '../../jobs/workers.js';
import { spanOf } from '../../telemetry/context.js';
import type { Around } from '../common/function-proxy.js';
import { over } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';
import { workerId } from '../common/worker-id.js';
import { afterwards } from './after-call.js';
import type { ObservedBoss } from './boss-state.js';
import { HeardCall } from './engine-settled-call.js';
import type { HandedJob } from './handed-job.js';
import { handed, withoutMetadata } from './handed-job.js';
import { AskingCall } from './self-settled-call.js';
import type { Chosen } from './settle/choose.js';
import { chooseWay } from './settle/choose.js';
import { stalledBefore } from './stalls.js';
import { attemptInfoOf } from './start-attempt.js';
import { whoseSpans } from './whose-spans.js';

type Handler = (...args: never[]) => unknown;

/** The workers of one `work()`. pg-boss has one id for all of them. */
interface KnownWorker {
  readonly queue: string;
  readonly telemetry: WorkerTelemetry;
  /** Their handler calls that run. Used if pg-boss does not say when the workers have ended. */
  readonly calls: ReadonlySet<Promise<unknown>>;
}

/** Observes the workers of a boss: its `work` and `offWork`. */
export class BossWorkers {
  readonly #observed: ObservedBoss;
  readonly #workers = new Map<string, KnownWorker>();

  constructor(observed: ObservedBoss) {
    this.#observed = observed;
  }

  get observation(): Observation<PgBoss> {
    return { work: this.#work, offWork: this.#offWork };
  }

  readonly #work: Around = (call, args) => {
    const [name] = args;
    const handler = args.at(-1);
    const queue = this.#observed.queue(name);
    if (!queue || args.length < 2 || typeof handler !== 'function') return call(...args);
    const given = args.length > 2 ? args[1] : undefined;
    // pg-boss itself refuses what it does not take.
    if (given !== undefined && given !== null && typeof given !== 'object') return call(...args);
    const options = plain(given as WorkOptions | undefined);
    let worker: WorkerTelemetry | undefined;
    const calls = new Set<Promise<unknown>>();
    const observed = over(
      handler as Handler,
      this.#handling(queue, options, calls, () => worker),
    );
    // pg-boss itself refuses a value that is no boolean.
    const asks = 'includeMetadata' in options && typeof options.includeMetadata !== 'boolean';
    const more = asks ? {} : { includeMetadata: true };
    const id = call(name, { ...(given as object | undefined), ...more }, observed);
    afterwards<unknown>(this.#observed, id, ({ value }) => {
      if (typeof value !== 'string') return;
      // pg-boss's own id is in no table: only this process knows it.
      worker = queue.worker(workerId(), { slots: slotsOf(options) });
      this.#workers.set(value, { queue: queue.name, telemetry: worker, calls });
      worker.started();
    });
    return id;
  };

  #handling(
    queue: QueueHandle,
    options: Partial<WorkOptions>,
    calls: Set<Promise<unknown>>,
    worker: () => WorkerTelemetry | undefined,
  ): Around {
    const caller = spanOf(this.#observed.core.activeContext());
    const perJobResults = options.perJobResults === true && this.#observed.can.takesResults;
    const transactional = options.transactional === true;
    const settling = {
      perJobResults,
      ...chooseWay(this.#observed, queue.name, { perJobResults, transactional }),
    };
    return (call, args) => {
      const jobs = args[0] as JobWithMetadata<unknown>[];
      if (!Array.isArray(jobs) || jobs.length === 0) return call(...args);
      this.#observed.spans = whoseSpans(this.#observed, caller);
      const known = jobs.map(handed);
      const asked =
        options.includeMetadata === true
          ? jobs
          : jobs.map((job) => withoutMetadata(job, this.#observed.can.settlesByAttempt));
      const more = args.slice(1);
      if (!this.#observed.core.enabled()) return call(asked, ...more);
      const running = observe(this.#observed, queue, settling, worker(), known, () => call(asked, ...more));
      if (!this.#observed.can.awaitsWorkers) keepWhile(calls, running);
      return running;
    };
  }

  readonly #offWork: Around = (call, args) => {
    const { name, id, wait } = offOptionsOf(args);
    const theirs = [...this.#workers].filter(
      ([own, { queue }]) => (name === undefined || queue === name) && (id === undefined || id === own),
    );
    const stopped = (): void => {
      for (const [own, { telemetry }] of theirs) {
        telemetry.stopped();
        this.#workers.delete(own);
      }
    };
    const result = call(...args);
    afterwards(this.#observed, result, () => {
      if (theirs.length === 0) return;
      if (wait && this.#observed.can.awaitsWorkers) return stopped();
      return void Promise.allSettled(theirs.map(([own, worker]) => this.#ended(own, worker))).then(stopped);
    });
    return result;
  };

  /** Resolves when the stopped workers have ended, as far as that can be known. */
  async #ended(id: string, { queue, calls }: KnownWorker): Promise<unknown> {
    const { can, engine } = this.#observed;
    // A further call waits for the workers that the first one stopped. It names their id, because others may work on the queue by now.
    if (can.awaitsWorkers) return engine.offWork(queue, { id, wait: true });
    return Promise.allSettled([...calls]);
  }

  /** pg-boss has stopped: no worker runs any more. */
  stopped(): void {
    for (const { telemetry } of this.#workers.values()) telemetry.stopped();
    this.#workers.clear();
  }
}

async function observe(
  observed: ObservedBoss,
  queue: QueueHandle,
  settling: Chosen & { readonly perJobResults: boolean },
  worker: WorkerTelemetry | undefined,
  jobs: readonly HandedJob[],
  handler: () => unknown,
): Promise<unknown> {
  const process = observed.bridge.process();
  const received = process?.received ?? [];
  const now = queue.now();
  // For a batch, pg-boss gives the carriers of the jobs that have one, in their order. Each gives a link, whichever job it is counted with.
  const isSingle = jobs.length === 1;
  const infos = jobs.map((job, i) =>
    attemptInfoOf(observed, job, received[i], worker, now, isSingle ? now : undefined),
  );
  for (const [i, job] of jobs.entries()) {
    observed.waiting.get(queue.name)?.drop(job.id);
    // If not all jobs have a carrier, nobody knows which carrier is whose.
    const carrier = received.length === jobs.length ? received[i] : undefined;
    observed.again(queue, job);
    if (stalledBefore(observed.lives, job))
      queue.stalled({ id: job.id }, { attempt: job.retryCount, carrier, stalledAt: now });
  }
  const span = observed.spans === 'engine' ? 'active' : 'own';
  const [only] = infos;
  const single = isSingle && only ? queue.attempt(only) : undefined;
  const batch = single ? undefined : queue.batch(infos, { worker: worker?.id, span });
  const attempts = single ? [single] : (batch?.attempts ?? []);
  const handled = jobs.flatMap((job, i) => {
    const attempt = attempts[i];
    return attempt ? [{ job, attempt }] : [];
  });
  const parts = { observed, queue: queue.name, handled, way: settling.way };
  const call =
    process && settling.hears()
      ? new HeardCall(parts, process)
      : new AskingCall(parts, settling.perJobResults);
  let value: unknown;
  try {
    // An object with only a `then`, such as a query of an ORM, begins when it is awaited. That belongs into the attempt.
    const run = async (): Promise<unknown> => handler();
    // Use `enter` for one job: nobody else gets its promise, so the attempt need not observe how that ends.
    value = await (single ? single.enter(run) : batch?.run(run));
    single?.left();
  } catch (error) {
    single?.left();
    // Await only if there is something to wait for: pg-boss takes no turn more than without signalbox.
    const settles = call.failed(error);
    if (settles) await settles;
    throw error;
  }
  const settles = call.completed(value);
  if (settles) await settles;
  return value;
}

function keepWhile(calls: Set<Promise<unknown>>, running: Promise<unknown>): void {
  const over = (): boolean => calls.delete(running);
  calls.add(running);
  beside(running, over, over);
}

// Each worker of a `work()` runs one batch at a time.
function slotsOf({ localConcurrency, batchSize }: Partial<WorkOptions>): number {
  const slots = (localConcurrency ?? 1) * (batchSize ?? 1);
  return Number.isInteger(slots) && slots > 0 ? slots : 1;
}

/** The arguments of `offWork()`. Before 12.4 it takes only the name of the queue or `{ id }`. */
function offOptionsOf([first, options]: readonly unknown[]): {
  readonly name: unknown;
  readonly id: unknown;
  readonly wait: unknown;
} {
  const { id, wait } = ((typeof first === 'object' ? first : options) ?? { wait: true }) as {
    readonly id?: unknown;
    readonly wait?: unknown;
  };
  return { name: typeof first === 'object' ? undefined : first, id, wait };
}
