import type { MetricBackend, PointMarks, Reserved } from '../delivery/destination.js';
import type { Schema } from '../emission/compiled-signal.js';
import type { Snapshot } from '../emission/snapshot.js';
import { feeders } from '../signal/feeders.js';
import type { AnyMetric } from '../signal/metric.js';
import { metricShape } from '../signal/metric.js';
import type { AnySignal } from '../signal/signal.js';
import { SignalboxError } from '../signal/signalbox-error.js';
import { BackendRecorder } from './backend-recorder.js';
import type { Labels } from './labels.js';
import { LabelSets, labelsFor } from './labels.js';
import type { ObservableDefinition } from './make-instrument.js';
import type { Observe, Watched } from './observable-metric.js';
import { attach } from './observable-metric.js';
import { OwnTexts } from './own-texts.js';

/** One instrument, whichever signals feed it. */
interface Instrument {
  readonly metric: AnyMetric;
  readonly shape: string;
  readonly signals: Set<string>;
}

/** How one signal feeds one instrument. */
export interface Feed {
  readonly instrument: Instrument;
  readonly of: number;
  readonly constant: number;
  readonly scale: number;
  /** Two feeds of a signal with the same labels share it. */
  readonly labels: LabelSets;
}

/** The instruments of a box. */
export class Instruments {
  readonly #byName = new Map<string, Instrument>();
  readonly #recorders = new Map<MetricBackend, BackendRecorder>();
  readonly #watched = new Set<Watched>();
  readonly #texts = new OwnTexts();
  readonly #points: PointMarks | undefined;

  /** `points` distinguishes the points of this box from those of other boxes. */
  constructor(points?: PointMarks) {
    this.#points = points;
  }

  /** Throws if a metric of the signals has another shape than an instrument of its name, or than another of these metrics with its name. */
  check(signals: readonly AnySignal[]): void {
    const named = new Map<string, { readonly signal: string; readonly shape: string }>();
    for (const { name: signal, metrics } of signals) {
      for (const metric of metrics) {
        const known = this.#byName.get(metric.name);
        const shape = metricShape(metric);
        const first = known ? { signal: [...known.signals][0], shape: known.shape } : named.get(metric.name);
        if (!first) named.set(metric.name, { signal, shape });
        else if (first.shape !== shape)
          throw new SignalboxError(
            `The signals '${first.signal}' and '${signal}' declare the metric '${metric.name}' differently (type, unit or buckets). Give them the same, or two names.`,
          );
      }
    }
  }

  /** Registers the metrics of a checked signal. */
  feeds(schema: Schema): readonly Feed[] {
    const sets = new Map<string, LabelSets>();
    return schema.signal.metrics.map((metric) => {
      let instrument = this.#byName.get(metric.name);
      if (!instrument) {
        instrument = { metric, shape: metricShape(metric), signals: new Set() };
        this.#byName.set(metric.name, instrument);
      }
      instrument.signals.add(schema.signal.name);
      const of = metric.of === undefined ? -1 : (schema.indexes.get(metric.of) ?? -1);
      const given = labelsFor(metric, schema);
      const labelling = JSON.stringify(given);
      const labels = sets.get(labelling) ?? new LabelSets(given, this.#texts);
      sets.set(labelling, labels);
      return {
        instrument,
        of,
        constant: metric.add ?? 1,
        scale: of >= 0 && schema.fields[of]?.field.kind === 'duration' ? 1000 : 1,
        labels,
      };
    });
  }

  /**
   * The names of the signals that feed an instrument: signals that the box has met, and signals that are only defined. If no signal
   * feeds it, the signals that an observed metric of that name belongs to.
   */
  signalsOf(instrument: string): readonly string[] {
    const met = this.#byName.get(instrument)?.signals ?? [];
    const defined = feeders().byInstrument.get(instrument) ?? [];
    const fed = new Set([...met, ...defined]);
    if (fed.size > 0) return [...fed];
    for (const { definition } of this.#watched) {
      if (definition.name === instrument) return (definition.signals ?? []).map((signal) => signal.name);
    }
    return [];
  }

  /** Records one emission in all instruments of its signal. `backends`: those of each feed. */
  record(feeds: readonly Feed[], backends: readonly (readonly MetricBackend[])[], snapshot: Snapshot): void {
    let labels: Labels | undefined;
    let labelled: LabelSets | undefined;
    let recorder: BackendRecorder | undefined;
    let of: MetricBackend | undefined;
    for (let i = 0; i < feeds.length; i++) {
      const feed = feeds[i] as Feed;
      const value = measureOf(feed, snapshot);
      if (value === undefined) continue;
      // Mostly all metrics of a signal have the same labels.
      if (labels === undefined || labelled !== feed.labels) {
        const { schema } = snapshot;
        const sets = schema.labels === undefined ? feed.labels : feed.labels.over(schema);
        labels = sets.of(snapshot.clean);
        labelled = feed.labels;
      }
      for (const backend of backends[i] ?? []) {
        // Mostly all feeds have the same backend. Its meter is looked up once for each emit.
        if (recorder === undefined || of !== backend) {
          recorder = this.#recorderOf(backend);
          recorder.look();
          of = backend;
        }
        recorder.record(feed.instrument.metric, value, labels);
      }
    }
  }

  /** Records the kept measurements of an instrument in the backend that they were kept for. */
  give(instrument: string, { series, lost, refused }: Reserved, backend: MetricBackend): void {
    const metric = this.#byName.get(instrument)?.metric;
    const recorder = this.#recorderOf(backend);
    recorder.look();
    for (const { labels, values, count } of metric ? series : [])
      for (const [i, value] of values.entries())
        recorder.record(metric as AnyMetric, value, labels, i === 0 ? count - values.length + 1 : 1);
    if (lost > 0) backend.counted('full', undefined, lost);
    if (refused > 0) backend.counted('overflow', undefined, refused);
  }

  /** Gives the backends now what they would get at their next collection. */
  handOver(): void {
    for (const recorder of this.#recorders.values()) recorder.handOver();
  }

  #recorderOf(backend: MetricBackend): BackendRecorder {
    let recorder = this.#recorders.get(backend);
    if (!recorder) {
      recorder = new BackendRecorder(backend, this.#points);
      this.#recorders.set(backend, recorder);
    }
    return recorder;
  }

  /** Observes a metric at each collection, also of SDKs that start later. Returns its undo. */
  observe(
    definition: ObservableDefinition,
    observe: Observe,
    backends: readonly MetricBackend[],
    takes: (backend: MetricBackend) => boolean,
  ): () => void {
    const watched: Watched[] = backends.map((backend) => ({
      definition,
      observe,
      // Routes change while running, so `takes` is asked each time.
      wanted: () => takes(backend),
      meter: undefined,
      stop: undefined,
    }));
    const entries = watched.map((entry, i) => ({ entry, backend: backends[i] as MetricBackend }));
    for (const { entry, backend } of entries) {
      this.#watched.add(entry);
      this.#backendOf.set(entry, backend);
      attach(entry, backend, this.#points);
    }
    return () => {
      for (const { entry } of entries) {
        this.#watched.delete(entry);
        entry.stop?.();
      }
    };
  }
  readonly #backendOf = new WeakMap<Watched, MetricBackend>();

  /** Ends all observations, and hands over everything. */
  stop(): void {
    for (const recorder of this.#recorders.values()) recorder.stop();
    for (const entry of this.#watched) entry.stop?.();
    this.#watched.clear();
  }

  /** Attaches observed metrics to meters that came or were replaced since. */
  refresh(): void {
    for (const entry of this.#watched) {
      const backend = this.#backendOf.get(entry);
      if (backend) attach(entry, backend, this.#points);
    }
  }
}

// An unknown number is left out, never recorded as zero.
function measureOf(feed: Feed, snapshot: Snapshot): number | undefined {
  if (feed.of < 0) return feed.constant;
  const measured = snapshot.measured(feed.of);
  if (measured === undefined) return undefined;
  return feed.scale === 1 ? measured : measured / feed.scale;
}
