import type { Core } from '../box/core.js';
import { swallow } from '../emission/swallow.js';
import type { OptionNames } from '../signal/option-checks.js';
import { optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { QueueValues } from './job-fields.js';
import { numberOf, textOf } from './scalar.js';
import { WORKER_BUSY, WORKER_IDLE, WORKER_STARTED, WORKER_STOPPED } from './worker-signals.js';

/** The telemetry of one worker. Busy and idle follow from the attempts that name it. */
export interface WorkerTelemetry {
  readonly id: string;
  /** The worker runs: WORKER_STARTED. */
  started(): void;
  /** The worker has drained: WORKER_STOPPED, with the jobs that it ran and for how long. */
  stopped(info?: { readonly reason?: string }): void;
}

/** How much a worker can do at once. */
export interface WorkerOptions {
  /** Attempts that it runs at once at most. A function where that changes. Default 1. */
  readonly slots?: number | (() => number);
}

const OPTIONS: OptionNames<WorkerOptions> = { slots: true };

/** A worker, with what attempts do to it. */
export class Worker implements WorkerTelemetry {
  readonly id: string;
  readonly #core: Core;
  readonly #queue: QueueValues;
  readonly #slots: number | (() => number);
  #running = false;
  #stopped = false;
  #active = 0;
  #jobs = 0;
  #busySum = 0;
  #busyAt = 0;
  #changedAt: number = performance.now();
  #emitted: 'busy' | 'idle' = 'idle';
  #idleSince: { readonly at: number; readonly timestamp: number } | undefined;
  #pending: ReturnType<typeof setTimeout> | undefined;
  /** Undoes the registration that emits a WORKER_IDLE that waits when the box shuts down. */
  #untilShutdown: (() => void) | undefined;

  constructor(core: Core, queue: QueueValues, id: string, slots: number | (() => number)) {
    this.#core = core;
    this.#queue = queue;
    this.id = id;
    this.#slots = slots;
  }

  started(): void {
    if (this.#running) return;
    this.#running = true;
    this.#changedAt = performance.now();
    this.#core.emit(
      WORKER_STARTED,
      { worker_id: this.id, ...this.#queue },
      { context: this.#core.rootContext() },
    );
  }

  stopped(info?: { readonly reason?: string }): void {
    if (!this.#running) return;
    const reason = reasonOf(info);
    this.#idle();
    this.#running = false;
    this.#stopped = true;
    const values = { worker_id: this.id, jobs: this.#jobs, busy: this.busyMillis(), ...this.#queue };
    this.#core.emit(WORKER_STOPPED, reason === undefined ? values : { ...values, reason }, {
      context: this.#core.rootContext(),
    });
  }

  /** An attempt begins on it, and calls `end` once. */
  begin(): void {
    this.#running = true;
    this.#jobs++;
    this.#account();
    this.#active++;
    if (this.#active === 1) this.#busy();
  }

  end(): void {
    this.#account();
    this.#active--;
    if (this.#active === 0) this.#maybeIdle();
  }

  /** It has stopped and nothing of it runs. */
  get gone(): boolean {
    return this.#stopped && !this.#running && this.#active === 0;
  }

  /** Slots by what they do; none once it has stopped. */
  states(): { readonly busy: number; readonly idle: number } {
    const busy = this.#active;
    if (!this.#running) return { busy, idle: 0 };
    const slots = numberOf(typeof this.#slots === 'function' ? this.#slotsBy(this.#slots) : this.#slots) ?? 0;
    return { busy, idle: Math.max(0, slots - busy) };
  }

  // A function that throws, or gives a promise, says nothing of idle slots: what is busy is known all the same.
  #slotsBy(slots: () => unknown): unknown {
    try {
      const given = slots();
      if (!swallow(given)) return given;
      this.#core.report('slots', `the slots function of a worker of '${this.#queue.queue}' gave a promise`);
    } catch (error) {
      this.#core.report('slots', `the slots function of a worker of '${this.#queue.queue}' threw`, error);
    }
    return undefined;
  }

  /** Time spent in attempts, running ones included, over all slots. */
  busyMillis(): number {
    this.#account();
    return this.#busySum;
  }

  #account(): void {
    const now = performance.now();
    this.#busySum += (now - this.#busyAt) * this.#active;
    this.#busyAt = now;
  }

  #busy(): void {
    if (this.#emitted === 'busy') return;
    const now = performance.now();
    this.#emitted = 'busy';
    this.#core.emit(
      WORKER_BUSY,
      { worker_id: this.id, idle: now - this.#changedAt, ...this.#queue },
      { context: this.#core.rootContext() },
    );
    this.#changedAt = now;
  }

  // A worker that takes its next job at once was never idle: WORKER_IDLE waits a turn, and has the time at which idleness began.
  #maybeIdle(): void {
    const since = { at: performance.now(), timestamp: this.#core.now() };
    this.#idleSince = since;
    if (this.#pending === undefined) this.#waitATurn(since);
  }

  // Of the jobs that it takes and ends within the turn, none needs a timer of its own.
  #waitATurn(since: { readonly at: number; readonly timestamp: number }): void {
    this.#untilShutdown ??= this.#core.tellAtEnd(() => this.#idle());
    this.#pending = setTimeout(() => {
      this.#pending = undefined;
      if (this.#active === 0 && this.#idleSince !== undefined && this.#idleSince !== since)
        this.#waitATurn(this.#idleSince);
      else this.#idle();
    }, 0);
    (this.#pending as { unref?(): void }).unref?.();
  }

  #idle(): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#untilShutdown?.();
    this.#untilShutdown = undefined;
    const since = this.#idleSince;
    if (this.#active > 0 || this.#emitted === 'idle' || !since) return;
    this.#emitted = 'idle';
    const values = { worker_id: this.id, busy: since.at - this.#changedAt, ...this.#queue };
    this.#core.emit(WORKER_IDLE, values, {
      context: this.#core.rootContext(),
      timestamp: since.timestamp,
    });
    this.#changedAt = since.at;
  }
}

/** Workers that attempts may bring by name alone; more are left out of the gauges. Of as many, those that are gone are forgotten. */
const KEPT = 1000;

/** The workers of a queue in this process. */
export class Workers {
  readonly #core: Core;
  readonly #queue: QueueValues;
  readonly #byId = new Map<string, Worker>();
  #busyOfForgotten = 0;

  constructor(core: Core, queue: QueueValues) {
    this.#core = core;
    this.#queue = queue;
  }

  get(id: string, options?: WorkerOptions): Worker {
    if (typeof id !== 'string' || id === '')
      throw new SignalboxError(`worker: the id is ${shown(id)}. Give a non-empty string.`);
    const where = `worker '${id}'`;
    const { slots = 1 } = optionsOf(where, options, OPTIONS);
    if (typeof slots !== 'function' && !(Number.isInteger(slots) && slots > 0)) {
      throw new SignalboxError(
        `${where}: \`slots\` is ${shown(slots)}. Give a whole number from 1, or a function of one.`,
      );
    }
    const ownId = textOf(id) ?? id;
    const known = this.#byId.get(ownId);
    if (known && !known.gone) return known;
    // A later worker of this id has slots and a count of jobs of its own.
    if (known) this.#forget(known);
    return this.#make(ownId, slots);
  }

  #make(id: string, slots: number | (() => number)): Worker {
    if (this.#byId.size >= KEPT) this.#forgetGone();
    const worker = new Worker(this.#core, this.#queue, id, slots);
    this.#byId.set(id, worker);
    return worker;
  }

  /** The worker of an attempt, named or given; foreign objects are taken by their id. */
  of(worker: WorkerTelemetry | string | undefined): Worker | undefined {
    if (worker === undefined || worker === null) return undefined;
    const id = idOf(worker);
    if (id === undefined) return undefined;
    if (worker instanceof Worker) return worker;
    return this.#byId.get(id) ?? (this.#byId.size < KEPT ? this.#make(id, 1) : undefined);
  }

  // Some engines give each start a new worker id: those would fill the memory.
  #forgetGone(): void {
    for (const worker of this.#byId.values()) if (worker.gone) this.#forget(worker);
  }

  #forget(worker: Worker): void {
    this.#busyOfForgotten += worker.busyMillis();
    this.#byId.delete(worker.id);
  }

  states(): { readonly busy: number; readonly idle: number } {
    let busy = 0;
    let idle = 0;
    for (const worker of this.#byId.values()) {
      const states = worker.states();
      busy += states.busy;
      idle += states.idle;
    }
    return { busy, idle };
  }

  busyMillis(): number {
    let sum = this.#busyOfForgotten;
    for (const worker of this.#byId.values()) sum += worker.busyMillis();
    return sum;
  }
}

function reasonOf(info: { readonly reason?: string } | null | undefined): string | undefined {
  try {
    return textOf(info?.reason);
  } catch {
    return undefined;
  }
}

function idOf(worker: WorkerTelemetry | string): string | undefined {
  try {
    const id: unknown = typeof worker === 'string' ? worker : worker.id;
    return typeof id === 'string' && id !== '' ? textOf(id) : undefined;
  } catch {
    return undefined;
  }
}
