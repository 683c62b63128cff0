import type { Attributes, Meter } from '@opentelemetry/api';
import type { MetricBackend, PointMarks } from '../delivery/destination.js';
import type { ObservableDefinition } from './make-instrument.js';
import { createObservable } from './make-instrument.js';
import type { Look } from './shared-observable.js';
import { observeShared } from './shared-observable.js';

export type Observe = (result: {
  observe(value: number, attributes?: Attributes): void;
  /**
   * Reports a series whose value is not known now. A series that is neither observed nor unknown has ended. Without attributes: all
   * series.
   */
  unknown(attributes?: Attributes): void;
}) => void | PromiseLike<void>;

/** A metric that is observed at the collections of one backend. */
export interface Watched {
  readonly definition: ObservableDefinition;
  readonly observe: Observe;
  readonly wanted: () => boolean;
  meter: Meter | undefined;
  stop: (() => void) | undefined;
}

/** Moves the observation from the backend's last meter to its current one. */
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
    // Not an async function: a look without a promise must observe before it returns.
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
          // A value that no endpoint takes would cost the whole collection.
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
