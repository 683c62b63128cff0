import type { Meter } from '@opentelemetry/api';
import type { MetricBackend, PointMarks } from '../delivery/destination.js';
import { swallow } from '../emission/swallow.js';
import type { AnyMetric } from '../signal/metric.js';
import { CounterSums } from './counter-sums.js';
import type { Labels } from './labels.js';
import type { Handle } from './make-instrument.js';
import { createHandle } from './make-instrument.js';
import { OnCollection } from './on-collection.js';

/** One instrument of a backend's meter. */
interface Made {
  readonly handle: Handle;
  /** Set for a counter that is handed over at collections. */
  readonly sums: CounterSums | undefined;
}

/** What one backend gets of a box's instruments. They belong to the backend's current meter: meters come late and are replaced. */
export class BackendRecorder {
  readonly #backend: MetricBackend;
  readonly #points: PointMarks | undefined;
  readonly #made = new Map<AnyMetric, Made>();
  #meter: Meter | undefined;
  #collection: OnCollection | undefined;

  constructor(backend: MetricBackend, points: PointMarks | undefined) {
    this.#backend = backend;
    this.#points = points;
  }

  /** Looks up the backend's current meter. Call it before you record. */
  look(): void {
    const meter = this.#backend.meter();
    if (meter !== this.#meter) this.#moveTo(meter);
  }

  /**
   * Records a value in the meter that `look()` found, and counts it.
   *
   * @param labels The box's own labels object. A backend that keeps labels gets a copy.
   * @param count How many measurements the value stands for.
   */
  record(metric: AnyMetric, value: number, labels: Labels, count = 1): void {
    const backend = this.#backend;
    try {
      if (backend.refuses?.(value)) {
        backend.counted('overflow', undefined, count);
        return;
      }
      const made = this.#madeOf(metric);
      // The SDK reports values that a counter does not take.
      const canWait = count === 1 && (value >= 0 || metric.type === 'upDownCounter');
      if (made?.sums && canWait && this.#collection?.hasAsked && made.sums.take(value, labels)) return;
      if (made) swallow(made.handle(value, labels));
      backend.counted(made ? 'taken' : 'absent', undefined, count);
    } catch (error) {
      backend.counted('threw', error, count);
    }
  }

  /** Gives the backend now what it would get at the next collection. */
  handOver(): void {
    for (const { sums } of this.#made.values()) sums?.handOver();
  }

  /** Hands over for the last time, and waits for no further collection. */
  stop(): void {
    this.handOver();
    this.#collection?.stop();
    this.#collection = undefined;
    this.#meter = undefined;
    this.#made.clear();
  }

  #madeOf(metric: AnyMetric): Made | undefined {
    const meter = this.#meter;
    if (!meter) return undefined;
    let made = this.#made.get(metric);
    if (!made) {
      made = this.#make(meter, metric);
      this.#made.set(metric, made);
    }
    return made;
  }

  #moveTo(meter: Meter | undefined): void {
    this.stop();
    this.#meter = meter;
    if (meter && this.#backend.addsUp) this.#collection = new OnCollection(meter, () => this.handOver());
  }

  #make(meter: Meter, metric: AnyMetric): Made {
    const { keepsLabels, marks, addsUp } = this.#backend;
    const made = createHandle(meter, metric);
    const own = { instrument: metric.name, observed: false, given: true };
    const mark = marks ? undefined : this.#points?.mark(own);
    const handle: Handle =
      mark || keepsLabels ? (value, labels) => made(value, { ...labels, ...mark }) : made;
    const isCounter = metric.type === 'counter' || metric.type === 'upDownCounter';
    const give = (sum: number, labels: Labels, count: number): void => this.#give(handle, sum, labels, count);
    return { handle, sums: addsUp && isCounter ? new CounterSums(give) : undefined };
  }

  #give(handle: Handle, sum: number, labels: Labels, count: number): void {
    let outcome: 'taken' | 'threw' = 'threw';
    let cause: unknown;
    try {
      swallow(handle(sum, labels));
      outcome = 'taken';
    } catch (error) {
      cause = error;
    }
    this.#backend.counted(outcome, cause, count);
  }
}
