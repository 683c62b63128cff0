import type { Meter, Observable } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';
import type { ObservableDefinition } from './make-instrument.js';
import { createObservable } from './make-instrument.js';

/** This gauge observes nothing and has no points. Only its callback matters. */
const ASKED: ObservableDefinition = {
  type: 'observableGauge',
  name: 'signalbox.collection',
  unit: '1',
  description: 'Has no points',
};

/**
 * Calls a function whenever a meter collects. SDKs call observable callbacks before they read counters, for each reader and at
 * shutdown.
 */
export class OnCollection {
  /** Whether the meter has called back. Meters of some vendors never do, and nothing waits for those. */
  hasAsked = false;
  readonly #callback: () => void;
  #observable: Observable | undefined;

  constructor(meter: Meter, onCollect: () => void) {
    this.#callback = () => {
      this.hasAsked = true;
      onCollect();
    };
    try {
      this.#observable = createObservable(meter, ASKED);
      swallow(this.#observable.addCallback(this.#callback));
    } catch {
      // Then the meter never calls back.
      this.#observable = undefined;
    }
  }

  stop(): void {
    this.hasAsked = false;
    try {
      swallow(this.#observable?.removeCallback(this.#callback));
    } catch {
      // The meter may go on calling. We can not prevent that.
    }
  }
}
