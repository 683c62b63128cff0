import type { Worker, WorkerListener } from 'bullmq';
import { observeInPlace } from '../common/observed-object.js';

type Heard<E extends keyof WorkerListener> = (...args: Parameters<WorkerListener[E]>) => void;

/**
 * Observes the `emit` of a worker. So signalbox gets an event before the app's listeners, one of which may throw. It adds no listener of its own, and
 * the app may remove all listeners.
 */
export class WorkerEvents {
  readonly #heard = new Map<unknown, ((...args: unknown[]) => void)[]>();
  readonly #quietly: (what: string, emit: () => void) => void;

  constructor(worker: Worker, quietly: (what: string, emit: () => void) => void) {
    this.#quietly = quietly;
    observeInPlace<Worker>(worker, {
      emit: (call, args) => {
        const heard = this.#heard.get(args[0]);
        if (heard) this.#tell(heard, args);
        return call(...args);
      },
    });
  }

  #tell(heard: readonly ((...args: unknown[]) => void)[], [event, ...said]: unknown[]): void {
    for (const hear of heard) this.#quietly(String(event), () => hear(...said));
  }

  on<E extends keyof WorkerListener>(event: E, hear: Heard<E>): void {
    const others = this.#heard.get(event) ?? [];
    this.#heard.set(event, [...others, hear as (...args: unknown[]) => void]);
  }

  /** As `on`, but before the functions that get the event so far. */
  before<E extends keyof WorkerListener>(event: E, hear: Heard<E>): void {
    const others = this.#heard.get(event) ?? [];
    this.#heard.set(event, [hear as (...args: unknown[]) => void, ...others]);
  }
}
