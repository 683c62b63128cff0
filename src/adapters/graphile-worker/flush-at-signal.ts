import type { WorkerEvents } from 'graphile-worker';
import type { GraphileAdapter } from './adapter.js';

const FLUSH_MILLIS = 5000;

/** A box, as far as it flushes. */
export interface Flushes {
  forceFlush?(options: { readonly timeoutMillis: number }): Promise<void>;
}

/**
 * The engine's own handlers of signals shut its pools down, and then end the process by the signal: nobody else is asked. Its pools wait
 * for the box then. Where the app stops a runner itself it shuts the box down after that, and nobody waits.
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
    // Its workers emit that they stopped once this turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await this.#box.forceFlush?.({ timeoutMillis: FLUSH_MILLIS });
    } catch (error) {
      this.#adapter.report('flush', error);
    }
  }
}
