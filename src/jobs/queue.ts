import { SignalboxError } from '../signal/signalbox-error.js';
import type { StartedAttempt } from './attempt.js';
import type { AttemptInfo } from './attempt-info.js';
import { beginAttempt } from './begin-attempt.js';
import { beginBatch } from './begin-batch.js';
import { heardEnds } from './ends-without-attempt.js';
import type { EnqueueOptions } from './enqueue.js';
import { StartedEnqueue } from './enqueue.js';
import { attemptInfoOf, attemptInfosOf, plain, textOf } from './given.js';
import type { HandleOptions } from './handle-options.js';
import type { JobInfo } from './job.js';
import { QueueMonitor } from './monitor.js';
import { named } from './queue-name.js';
import { processOf } from './queue-process.js';
import type { QueueState } from './queue-state.js';
import type { QueueTelemetry } from './queue-telemetry.js';
import { hearsay } from './queued-stalled-revived.js';
import { OTHER } from './semconv.js';

export type { EndOfJob, QueueTelemetry } from './queue-telemetry.js';
export type { RelationOption } from './relation.js';

/** A handle to a queue. Its functions are its own properties: they work without it, too, as in `const { process } = queue`. */
export class QueueHandle implements QueueTelemetry {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly process: QueueTelemetry['process'];
  readonly queued: QueueTelemetry['queued'];
  readonly stalled: QueueTelemetry['stalled'];
  readonly alive: QueueTelemetry['alive'];
  readonly revived: QueueTelemetry['revived'];
  readonly completed: QueueTelemetry['completed'];
  readonly abandoned: QueueTelemetry['abandoned'];
  readonly #state: QueueState;
  readonly #how: HandleOptions;

  constructor(state: QueueState, how: HandleOptions) {
    this.name = state.name;
    this.namespace = state.namespace;
    this.#state = state;
    this.#how = how;
    this.process = processOf(state, how);
    ({
      queued: this.queued,
      stalled: this.stalled,
      alive: this.alive,
      revived: this.revived,
    } = hearsay(state));
    ({ completed: this.completed, abandoned: this.abandoned } = heardEnds(state, how));
  }

  readonly knows: QueueTelemetry['knows'] = (...types) => {
    // Plain JavaScript can pass one list instead of several types.
    for (const type of types.flat()) this.#state.types.add(textOf(type) ?? type);
    this.#state.unsaid ??= OTHER;
  };

  readonly enqueue = (job: JobInfo, options?: EnqueueOptions): StartedEnqueue =>
    new StartedEnqueue(this.#state, job, plain(options), this.#how);

  readonly attempt = (info: AttemptInfo): StartedAttempt =>
    beginAttempt(this.#state, this.#how, attemptInfoOf(info));

  readonly batch: QueueTelemetry['batch'] = (infos, options) =>
    beginBatch(this.#state, this.#how, attemptInfosOf(infos), plain(options));

  readonly worker: QueueTelemetry['worker'] = (id, options) => this.#state.workers.get(id, options);

  readonly monitor: QueueTelemetry['monitor'] = (options) => {
    const state = this.#state;
    // One whose queue was closed, and opened again, may not have looked since.
    if (state.monitor && !state.monitor.isOver())
      throw new SignalboxError(
        `The queue ${named(state)} has a monitor in this process already. Stop it first, or use that one.`,
      );
    const monitor: QueueMonitor = new QueueMonitor(
      state.core,
      state,
      state.capacity,
      state.tally,
      options,
      () => {
        // A second `stop` must not unregister the monitor that came after this one.
        if (state.monitor === monitor) state.monitor = undefined;
      },
    );
    state.monitor = monitor;
    return monitor;
  };

  readonly now: QueueTelemetry['now'] = () => this.#state.core.now();
}
