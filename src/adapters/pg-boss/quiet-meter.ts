import type { Meter, MeterProvider } from '@opentelemetry/api';

const nothing = (): void => undefined;
const instrument = { add: nothing, record: nothing, addCallback: nothing, removeCallback: nothing };
const make = (): typeof instrument => instrument;

const meter: Meter = {
  createGauge: make,
  createHistogram: make,
  createCounter: make,
  createUpDownCounter: make,
  createObservableGauge: make,
  createObservableCounter: make,
  createObservableUpDownCounter: make,
  addBatchObservableCallback: nothing,
  removeBatchObservableCallback: nothing,
};

/** Meters that measure nothing. With pg-boss's own measurements everything would be counted twice. */
export const quietMeters: MeterProvider = { getMeter: () => meter };
