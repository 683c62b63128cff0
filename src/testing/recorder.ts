import type { Attributes } from '@opentelemetry/api';
import type { Connection, Destination, Port } from '../delivery/destination.js';
import type { Emission } from '../emission/emission.js';
import type { AnySignal, Signal } from '../signal/signal.js';
import { Reserve } from '../telemetry/kept-measurements.js';
import { emittedVerdict } from './emitted.js';
import type { Expected } from './expected.js';
import { checkedSignal } from './expected.js';
import type { Measured } from './measured.js';
import { hasLabels } from './measured.js';
import type { ExpectedMeasurement } from './measurement.js';
import { measuredVerdict } from './measurement.js';
import { RecordingMeter } from './recording-meter.js';
import { insist } from './verdict.js';

/**
 * A destination for tests that keeps all it is given, at once: emissions, and the measurements of signals' metrics. Its assertions
 * also throw if they could never fail: for a value that is no signal, for a name that is no field of the signal or reaches no sink,
 * and for a metric that nothing declares.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 * import { recorder } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID', {
 *   fields: { currency: field.oneOf(['EUR', 'USD']), took: field.duration() },
 *   metrics: [{ type: 'histogram', name: 'payment.duration', unit: 's', of: 'took', by: ['currency'] }],
 * });
 * const seen = recorder();
 * createSignalbox({ destinations: { seen } }).emit(PAID, { currency: 'EUR', took: 83 });
 * seen.assertEmitted(PAID, { currency: 'EUR' });
 * seen.assertMeasured('payment.duration', { count: 1, sum: 0.083, labels: { currency: 'EUR' } });
 * ```
 */
export interface Recorder extends Destination {
  /** All emissions, or those of one signal, in order. Throws if the argument is no signal. */
  emissions(signal?: AnySignal): readonly Emission[];
  /** Throws if no emission of the signal has these values. The message shows what was emitted, the nearest first. */
  assertEmitted<V extends object>(signal: Signal<V>, expected?: Expected<NoInfer<V>>): void;
  /** Throws if an emission of the signal has these values. */
  assertNotEmitted<V extends object>(signal: Signal<V>, expected?: Expected<NoInfer<V>>): void;
  /** Throws unless exactly so many emissions of the signal have these values. `times` is a whole number from 0. */
  assertEmittedTimes<V extends object>(
    signal: Signal<V>,
    times: number,
    expected?: Expected<NoInfer<V>>,
  ): void;
  /**
   * The measurements of all metrics, of one metric, or of its series that have at least these labels: one entry for each set of
   * labels. A recorder gets the metrics that routes take to it; a metric that no signal feeds (the gauges of monitors and workers)
   * needs `otherTelemetry: 'seen'` in the box.
   */
  measured(name?: string, labels?: Readonly<Attributes>): readonly Measured[];
  /** The names of the metrics that boxes have made here, observable ones included. */
  instruments(): readonly string[];
  /** Calls the callbacks of observable metrics, as a metric reader does at its interval. Each series gets one more value. */
  collect(): Promise<void>;
  /** Throws if the metric was not measured as expected, or not at all. The message shows what was measured. */
  assertMeasured(name: string, expected?: ExpectedMeasurement): void;
  /** Throws if the metric was measured as given. Without `expected`: if it was measured at all. */
  assertNotMeasured(name: string, expected?: ExpectedMeasurement): void;
  /** Forgets everything. */
  clear(): void;
}

/**
 * Makes a {@link Recorder}. Sensitive values are redacted in it, as everywhere, unless a route reveals them. One recorder can be a
 * destination of several boxes: it then has what each of them emits and measures.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal } from 'signalbox';
 * import { recorder } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID');
 * const seen = recorder();
 * createSignalbox({ destinations: { seen } }).emit(PAID);
 * seen.assertEmitted(PAID);
 * ```
 */
export function recorder(): Recorder {
  let kept: Emission[] = [];
  const boxes: Connected[] = [];
  const measured = (): readonly Measured[] => boxes.flatMap(({ meter }) => meter.measured);
  const source = { measured, instruments: () => boxes.flatMap(({ meter }) => meter.instruments) };
  return {
    kind: 'sink',
    channels: ['sink', 'metrics'],
    connect: (connection) => {
      const meter = new RecordingMeter(connection.account('metrics'));
      const box = { meter, reserve: new Reserve() };
      boxes.push(box);
      return port(connection, box, (emission) => kept.push(emission));
    },
    emissions: (signal) => {
      if (signal === undefined) return [...kept];
      const { name } = checkedSignal('emissions', signal);
      return kept.filter((emission) => emission.signal === name);
    },
    assertEmitted: (signal, expected = {}) =>
      insist(emittedVerdict('assertEmitted', kept, { signal, expected })),
    assertNotEmitted: (signal, expected = {}) =>
      insist(emittedVerdict('assertNotEmitted', kept, { signal, expected }), 'not'),
    assertEmittedTimes: (signal, times, expected = {}) =>
      insist(emittedVerdict('assertEmittedTimes', kept, { signal, expected, times })),
    measured: (name, labels = {}) =>
      measured().filter((one) => (name === undefined || one.name === name) && hasLabels(one.labels, labels)),
    instruments: source.instruments,
    collect: async () => {
      await Promise.all(boxes.map(({ meter }) => meter.collect()));
    },
    assertMeasured: (name, expected) => insist(measuredVerdict('assertMeasured', source, name, expected)),
    assertNotMeasured: (name, expected) =>
      insist(measuredVerdict('assertNotMeasured', source, name, expected), 'not'),
    clear: () => {
      kept = [];
      for (const { meter, reserve } of boxes) {
        meter.clear();
        for (const instrument of reserve.instruments) reserve.take(instrument);
      }
    },
  };
}

/** A box that has the recorder as a destination. */
interface Connected {
  readonly meter: RecordingMeter;
  /** Measurements that may belong here: a route may take a signal that is not defined yet. */
  readonly reserve: Reserve;
}

function port(
  connection: Connection,
  { meter: metrics, reserve }: Connected,
  keep: (emission: Emission) => void,
): Port {
  const account = connection.account('sink');
  return {
    kind: 'sink',
    metrics,
    reserve,
    accept: (emission) => {
      keep(emission);
      account.delivered();
      account.arrived++;
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}
