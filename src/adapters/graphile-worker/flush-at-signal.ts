import type { WorkerEvents } from 'graphile-worker';
import type { GraphileAdapter } from './adapter.js';

const FLUSH_MILLIS = 5000;

/** What this uses of a box. */
export interface Flushes {
  forceFlush?(options: { readonly timeoutMillis: number }): Promise<void>;
}

/**
 * Flushes the box when the engine ends the process. The engine's own handlers of signals shut its pools down and then end the process by the signal,
 * and ask nobody else. So its pools wait for the box. If the app stops a runner itself, it shuts the box down afterwards, and nobody has to wait.
 */
export class FlushAtSignal {
  readonly #box: Flushes;
  readonly #adapter: GraphileAdapter;
  readonly #heard = new WeakSet<WorkerEvents>();
  #signalled = false;

  constructor(box: Flushes, adapter: GraphileAdapter) {
    this.#box = box;
    this.#adapter = adapter;
  }

  listen(events: WorkerEvents): void {
    if (this.#heard.has(events)) return;
    this.#heard.add(events);
    const signalled = (): void => {
      this.#signalled = true;
    };
    events.on('gracefulShutdown', signalled);
    events.on('forcefulShutdown', signalled);
  }

  async stopped(): Promise<void> {
    if (!this.#signalled || !this.#adapter.core.enabled()) return;
    // The workers emit their stop once this turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await this.#box.forceFlush?.({ timeoutMillis: FLUSH_MILLIS });
    } catch (error) {
      this.#adapter.report('flush', error);
    }
  }
}
