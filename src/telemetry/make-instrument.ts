import type { Attributes, Meter, MetricOptions, Observable } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';
import type { AnyMetric } from '../signal/metric.js';
import { secondBuckets } from '../signal/metric.js';
import type { AnySignal } from '../signal/signal.js';

/** A metric that is observed at collection. */
export interface ObservableDefinition {
  readonly type: 'observableGauge' | 'observableCounter' | 'observableUpDownCounter';
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** The signals that it belongs to, for routing. Without any, it goes to the destination of other telemetry. */
  readonly signals?: readonly AnySignal[];
}

/** Records a value in an instrument. */
export type Handle = (value: number, labels: Attributes) => void;

function optionsOf(metric: {
  unit?: string;
  description?: string;
  buckets?: readonly number[];
  type: string;
}): MetricOptions {
  const options: MetricOptions = {};
  if (metric.unit !== undefined) options.unit = metric.unit;
  if (metric.description !== undefined) options.description = metric.description;
  const buckets =
    metric.buckets ?? (metric.type === 'histogram' && metric.unit === 's' ? secondBuckets : undefined);
  if (buckets) options.advice = { explicitBucketBoundaries: [...buckets] };
  return options;
}

/** Checks that a meter made an instrument. A meter that answers with a promise has made none. */
function made<T extends object>(instrument: T, method: keyof T): T {
  if (typeof instrument?.[method] === 'function') return instrument;
  swallow(instrument);
  throw new TypeError(`the meter made no instrument that has ${String(method)}()`);
}

/** Makes an instrument, and returns the function that records in it. Throws if the meter throws, or makes none. */
export function createHandle(meter: Meter, metric: AnyMetric): Handle {
  const options = optionsOf(metric);
  switch (metric.type) {
    case 'counter': {
      const counter = made(meter.createCounter(metric.name, options), 'add');
      return (value, labels) => swallow(counter.add(value, labels));
    }
    case 'upDownCounter': {
      const counter = made(meter.createUpDownCounter(metric.name, options), 'add');
      return (value, labels) => swallow(counter.add(value, labels));
    }
    case 'gauge': {
      const gauge = made(meter.createGauge(metric.name, options), 'record');
      return (value, labels) => swallow(gauge.record(value, labels));
    }
    case 'histogram': {
      const histogram = made(meter.createHistogram(metric.name, options), 'record');
      return (value, labels) => swallow(histogram.record(value, labels));
    }
  }
}

/** The same for an observable instrument. */
export function createObservable(meter: Meter, definition: ObservableDefinition): Observable {
  const { type, name } = definition;
  const options = optionsOf(definition);
  if (type === 'observableGauge') return made(meter.createObservableGauge(name, options), 'addCallback');
  if (type === 'observableCounter') return made(meter.createObservableCounter(name, options), 'addCallback');
  return made(meter.createObservableUpDownCounter(name, options), 'addCallback');
}
