import type { QueueTelemetry, WorkerTelemetry } from 'signalbox/jobs';

/** A worker's one place for a running handler. */
export interface Slot {
  readonly worker: WorkerTelemetry;
}

/** The slots of all workers. A slot that was taken is free again when it is given back, not before. */
export class Slots {
  readonly #all: readonly Slot[];
  readonly #idle: Slot[] = [];
  readonly #unstopped = new Set<Slot>();
  #stopping = false;
  #allStopped: () => void = () => {};
  /** Resolves when every worker has stopped. */
  readonly stopped: Promise<void>;

  constructor(telemetry: QueueTelemetry, workers: number) {
    this.#all = Array.from({ length: workers }, (_, i) => ({ worker: telemetry.worker(`worker-${i + 1}`) }));
    this.stopped = new Promise((resolve) => {
      this.#allStopped = resolve;
    });
  }

  /** How many could be taken now. */
  get idle(): number {
    return this.#idle.length;
  }

  start(): void {
    for (const slot of this.#all) {
      this.#unstopped.add(slot);
      this.#idle.push(slot);
      slot.worker.started();
    }
  }

  /** The slot that was idle for longest. */
  take(): Slot | undefined {
    return this.#idle.shift();
  }

  give(slot: Slot): void {
    if (this.#stopping) this.#stop(slot, 'shutdown');
    else this.#idle.push(slot);
  }

  /** Stops the idle workers now and each busy one when its slot is given back. */
  stop(): void {
    this.#stopping = true;
    for (const slot of this.#idle.splice(0)) this.#stop(slot, 'shutdown');
    this.#settle();
  }

  /** Stops those too whose handlers still run. */
  stopBusy(): void {
    for (const slot of this.#unstopped) this.#stop(slot, 'deadline');
    this.#settle();
  }

  #stop(slot: Slot, reason: string): void {
    // A handler may come back after the deadline: its worker was stopped then.
    if (!this.#unstopped.delete(slot)) return;
    slot.worker.stopped({ reason });
    this.#settle();
  }

  #settle(): void {
    if (this.#stopping && this.#unstopped.size === 0) this.#allStopped();
  }
}
