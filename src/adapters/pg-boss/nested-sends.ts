import { AsyncLocalStorage } from 'node:async_hooks';
import type { Carrier } from '../../jobs/carrier.js';

/** One of the jobs that a call adds. */
export interface SentItem {
  readonly queue: unknown;
  readonly data: unknown;
}

/** A call that adds jobs, while it lasts. If an override of the app's calls other methods for the same jobs, signalbox emits each job once. */
export class Sending {
  readonly carrier: Carrier;
  readonly #left: SentItem[];
  readonly #queues: ReadonlySet<unknown>;
  #over = false;

  constructor(carrier: Carrier, items: readonly SentItem[]) {
    this.carrier = carrier;
    this.#left = [...items];
    this.#queues = new Set(items.map(({ queue }) => queue));
  }

  /** The call is over. What goes on in its context later is no part of it. */
  end(): void {
    this.#over = true;
    this.#left.length = 0;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Whether a send into this queue may be a part of the call. */
  into(queue: unknown): boolean {
    return queue === undefined || this.#queues.has(queue);
  }

  /** Whether these jobs are the call's. Each of its jobs counts once. */
  takes(items: readonly SentItem[]): boolean {
    if (this.#over || items.length === 0 || this.#left.length < items.length) return false;
    const left = [...this.#left];
    for (const item of items) {
      const at = left.findIndex(({ queue, data }) => queue === item.queue && Object.is(data, item.data));
      if (at === -1) return false;
      left.splice(at, 1);
    }
    this.#left.splice(0, Number.POSITIVE_INFINITY, ...left);
    return true;
  }
}

const current = new AsyncLocalStorage<Sending | undefined>();

/** The call that adds jobs and in whose context this runs. */
export function sendingNow(): Sending | undefined {
  const sending = current.getStore();
  return sending?.over ? undefined : sending;
}

/** Runs `fn` in the context of the call, with all that it calls later. */
export function within<T>(sending: Sending, fn: () => T): T {
  return current.run(sending, fn);
}
