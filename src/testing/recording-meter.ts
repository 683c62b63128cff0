import type { Attributes, Meter, MetricOptions, Observable, ObservableCallback } from '@opentelemetry/api';
import type { Account } from '../delivery/account.js';
import type { MetricBackend, Measured as Outcome } from '../delivery/destination.js';
import type { Measured, MeasuredType } from './measured.js';
import { measuredOf } from './measured.js';

interface Series {
  readonly labels: Attributes;
  readonly values: number[];
}

/** One instrument, and its measurements by labels. */
interface Instrument {
  readonly name: string;
  readonly type: MeasuredType;
  readonly unit: string;
  readonly series: Map<string, Series>;
  readonly callbacks: Set<ObservableCallback>;
}

/** Keeps each measurement that a box gives it. It adds nothing up, so that a test sees every measurement, in order. */
export class RecordingMeter implements MetricBackend {
  // Tests look at one box, so its points need no mark that distinguishes it from others.
  readonly marks = true;
  readonly #account: Account;
  readonly #instruments = new Map<string, Instrument>();
  readonly #meter: Meter;

  constructor(account: Account) {
    this.#account = account;
    const recorded =
      (type: MeasuredType) =>
      (name: string, options?: MetricOptions): Handles => {
        const instrument = this.#instrument(name, type, options);
        const keep = (value: number, labels?: Attributes): void => record(instrument, value, labels);
        return { add: keep, record: keep };
      };
    const observed =
      (type: MeasuredType) =>
      (name: string, options?: MetricOptions): Observable => {
        const { callbacks } = this.#instrument(name, type, options);
        return {
          addCallback: (callback) => void callbacks.add(callback),
          removeCallback: (callback) => void callbacks.delete(callback),
        };
      };
    this.#meter = {
      createCounter: recorded('counter'),
      createUpDownCounter: recorded('upDownCounter'),
      createGauge: recorded('gauge'),
      createHistogram: recorded('histogram'),
      createObservableGauge: observed('observableGauge'),
      createObservableCounter: observed('observableCounter'),
      createObservableUpDownCounter: observed('observableUpDownCounter'),
      addBatchObservableCallback: () => undefined,
      removeBatchObservableCallback: () => undefined,
    };
  }

  meter(): Meter {
    return this.#meter;
  }

  counted(outcome: Outcome, _error?: unknown, n = 1): void {
    if (outcome === 'taken') this.#account.delivered(n);
    else this.#account.failed(n);
    this.#account.routed(n);
  }

  /** All measurements, by instruments and labels in the order in which these first appear. */
  get measured(): readonly Measured[] {
    return [...this.#instruments.values()].flatMap(({ name, type, unit, series }) =>
      [...series.values()].map(({ labels, values }) =>
        measuredOf({ name, type, unit, labels: { ...labels }, values: [...values] }),
      ),
    );
  }

  /** The names of the instruments that were made so far. */
  get instruments(): readonly string[] {
    return [...this.#instruments.keys()];
  }

  /** Calls the callbacks of observable instruments, as a metric reader does. */
  async collect(): Promise<void> {
    await Promise.all(
      [...this.#instruments.values()].flatMap((instrument) =>
        [...instrument.callbacks].map((callback) =>
          callback({
            observe: (value, labels) => record(instrument, value, labels),
          }),
        ),
      ),
    );
  }

  /** Forgets the measurements. Instruments stay. */
  clear(): void {
    for (const { series } of this.#instruments.values()) series.clear();
  }

  #instrument(name: string, type: MeasuredType, { unit = '' }: MetricOptions = {}): Instrument {
    const known = this.#instruments.get(name);
    if (known) return known;
    const made: Instrument = { name, type, unit, series: new Map(), callbacks: new Set() };
    this.#instruments.set(name, made);
    return made;
  }
}

type Handles = Record<'add' | 'record', (value: number, labels?: Attributes) => void>;

function record({ series }: Instrument, value: number, labels: Attributes = {}): void {
  const key = keyOf(labels);
  const known = series.get(key) ?? { labels: { ...labels }, values: [] };
  known.values.push(value);
  series.set(key, known);
}

function keyOf(labels: Attributes): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
