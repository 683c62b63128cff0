import type { Worker, WorkerEvents, WorkerPool } from 'graphile-worker';
import type { QueueTelemetry, WorkerTelemetry } from '../../jobs/index.js';
import { workerId } from '../common/worker-id.js';
import type { GraphileAdapter } from './adapter.js';
import type { Schema } from './schema.js';

/** The engine's own id of a worker that the app gave no id. */
const UNNAMED = /^worker-[0-9a-f]{18}$/;

/** The workers of a runner. Each takes any task, so they belong to none of them: their signals and metrics name the schema as the queue. */
export class RunnerWorkers {
  readonly queue: QueueTelemetry;
  readonly #quietly: GraphileAdapter['quietly'];
  readonly #workers = new WeakMap<Worker, WorkerTelemetry>();
  readonly #reasons = new WeakMap<WorkerPool, string>();

  constructor(adapter: GraphileAdapter, schema: Schema) {
    this.#quietly = adapter.quietly;
    this.queue = schema.queue(schema.name);
  }

  of(worker: Worker): WorkerTelemetry {
    const found = this.#workers.get(worker) ?? this.queue.worker(idOf(worker));
    this.#workers.set(worker, found);
    return found;
  }

  /** Hears an emitter. `of` says which runner's workers an event is about. */
  static listen(
    events: WorkerEvents,
    { quietly }: GraphileAdapter,
    of: (event: { readonly ctx?: unknown }) => RunnerWorkers | undefined,
  ): void {
    events.on('worker:create', (event) =>
      quietly('worker:create', () => of(event)?.of(event.worker).started()),
    );
    events.on('worker:stop', (event) => of(event)?.stopped(event.worker, event.error));
    events.on('pool:gracefulShutdown', (event) => of(event)?.stopping(event.workerPool, 'shutdown'));
    events.on('pool:forcefulShutdown', (event) => of(event)?.stopping(event.workerPool, 'forced'));
  }

  stopping(pool: WorkerPool, reason: string): void {
    this.#reasons.set(pool, reason);
  }

  stopped(worker: Worker, error: unknown): void {
    this.#quietly('worker:stop', () => {
      const reason = error === undefined ? this.#reasons.get(worker.workerPool) : 'error';
      this.of(worker).stopped(reason === undefined ? {} : { reason });
    });
  }
}

// Do not use the engine's own ids: only `locked_by` has them, and even that has the pool's if a local queue takes the jobs.
function idOf({ workerId: given }: Worker): string {
  return typeof given !== 'string' || given === '' || UNNAMED.test(given) ? workerId() : given;
}
