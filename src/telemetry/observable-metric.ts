import type { Attributes, Meter } from '@opentelemetry/api';
import type { MetricBackend, PointMarks } from '../delivery/destination.js';
import type { ObservableDefinition } from './make-instrument.js';
import { createObservable } from './make-instrument.js';
import type { Look } from './shared-observable.js';
import { observeShared } from './shared-observable.js';

export type Observe = (result: {
  observe(value: number, attributes?: Attributes): void;
  /** There is a value that can not be told now. What is neither observed nor unknown has ended; without attributes: nothing is known. */
  unknown(attributes?: Attributes): void;
}) => void | PromiseLike<void>;

/** A metric that is looked at on collection, at one backend. */
export interface Watched {
  readonly definition: ObservableDefinition;
  readonly observe: Observe;
  readonly wanted: () => boolean;
  meter: Meter | undefined;
  stop: (() => void) | undefined;
}

/** Has it looked at by the backend's meter as it is now, and no more by the one before. */
export function attach(entry: Watched, backend: MetricBackend, points: PointMarks | undefined): void {
  try {
    const meter = backend.meter();
    if (meter === entry.meter) return;
    entry.stop?.();
    entry.meter = meter;
    entry.stop = undefined;
    if (!meter) return;
    const { definition } = entry;
    const own = { instrument: definition.name, observed: true, given: true };
    // No async function: what is looked at without a promise has to be told before the look returns.
    const look: Look = (result): void | PromiseLike<void> => {
      const marked = (labels?: Attributes): Attributes | undefined => {
        const mark = backend.marks ? undefined : points?.mark(own);
        return mark ? { ...labels, ...mark } : labels;
      };
      const unknown = (labels?: Attributes): void => result.unknown?.(labels && marked(labels));
      const threw = (error: unknown): void => {
        unknown();
        backend.counted('threw', error);
      };
      const bounded: Parameters<Observe>[0] = {
        observe: (value, labels) => {
          if (!backend.refuses?.(value)) return result.observe(value, marked(labels));
          // One that no endpoint takes would cost the whole collection.
          unknown(labels);
          backend.counted('overflow');
        },
        unknown,
      };
      try {
        if (!entry.wanted()) return undefined;
        return entry.observe(bounded)?.then(undefined, threw);
      } catch (error) {
        return threw(error);
      }
    };
    const { name, type } = definition;
    const instrument = { name, type, remembered: backend.remembers ?? false };
    const undo = observeShared(meter, instrument, () => createObservable(meter, definition), look);
    entry.stop = () => {
      try {
        undo();
      } catch (error) {
        backend.counted('threw', error);
      }
    };
  } catch (error) {
    backend.counted('threw', error);
  }
}
