/** Starts the monitors of queues that were named beforehand: each once, when the queue is first seen. */
export class MonitorNamed {
  readonly #names: Set<string>;

  constructor(names: readonly string[] = []) {
    this.#names = new Set(names);
  }

  see(name: unknown, monitor: (name: string) => unknown): void {
    if (typeof name !== 'string' || !this.#names.delete(name)) return;
    monitor(name);
  }
}
