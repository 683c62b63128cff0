import type { Worker, WorkerEvents, WorkerPool } from 'graphile-worker';
import type { QueueTelemetry, WorkerTelemetry } from '../../jobs/index.js';
import type { Adapter } from './adapter.js';

/**
 * The workers of a runner. Each takes any task, so that they belong to none of them: their signals and metrics name the schema as the
 * queue.
 */
export class WorkerWatch {
  readonly queue: QueueTelemetry;
  readonly #adapter: Adapter;
  readonly #workers = new WeakMap<Worker, WorkerTelemetry>();
  readonly #reasons = new WeakMap<WorkerPool, string>();

  constructor(adapter: Adapter, schema: string) {
    this.#adapter = adapter;
    this.queue = adapter.queue(schema);
  }

  of(worker: Worker): WorkerTelemetry {
    const found = this.#workers.get(worker) ?? this.queue.worker(worker.workerId);
    this.#workers.set(worker, found);
    return found;
  }

  listen(events: WorkerEvents): void {
    const { quietly } = this.#adapter;
    events.on('worker:create', ({ worker }) => quietly('worker:create', () => this.of(worker).started()));
    events.on('worker:stop', ({ worker, error }) =>
      quietly('worker:stop', () => {
        const reason = error === undefined ? this.#reasons.get(worker.workerPool) : 'error';
        this.of(worker).stopped(reason === undefined ? {} : { reason });
      }),
    );
    events.on('pool:gracefulShutdown', ({ workerPool }) => this.#reasons.set(workerPool, 'shutdown'));
    events.on('pool:forcefulShutdown', ({ workerPool }) => this.#reasons.set(workerPool, 'forced'));
  }
}
