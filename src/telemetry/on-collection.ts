import type { Meter, Observable } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';
import type { ObservableDefinition } from './make-instrument.js';
import { createObservable } from './make-instrument.js';

/** Nothing is ever observed of it, so it has no points: its callback alone is wanted. */
const ASKED: ObservableDefinition = {
  type: 'observableGauge',
  name: 'signalbox.collection',
  unit: '1',
  description: 'Has no points',
};

/** Does something whenever a meter collects: SDKs ask observables before they read counters, for each reader and at shutdown. */
export class OnCollection {
  /** The meter has asked once. One that never does, as those of some vendors, is not waited for. */
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
      // Then it never asks.
      this.#observable = undefined;
    }
  }

  stop(): void {
    this.hasAsked = false;
    try {
      swallow(this.#observable?.removeCallback(this.#callback));
    } catch {
      // It may ask on: there is nothing to do then.
    }
  }
}
