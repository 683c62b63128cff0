import type { MetricBackend, Port } from './delivery/destination.js';
import type { Schema } from './emission/schema.js';
import { compileSchema } from './emission/schema.js';
import type { Router } from './routing/router.js';
import { SignalboxError } from './signal/problem.js';
import type { AnySignal } from './signal/signal.js';
import { shapeOf } from './signal/signal.js';
import type { Feed, Instruments } from './telemetry/instruments.js';

/** A signal as a box knows it: compiled once. */
export interface Known {
  readonly schema: Schema;
  readonly feeds: readonly Feed[];
  /** Which backends take each feed; worked out anew when routes or instruments changed. */
  backends: readonly (readonly MetricBackend[])[];
  measured: boolean;
  version: number;
}

/** What is needed to know signals. */
export interface KnownParts {
  readonly router: Router;
  readonly ports: ReadonlyMap<string, Port>;
  readonly instruments: Instruments;
  /** What is fed by no signal goes there. */
  readonly fallback: string;
}

/** More changes of the instruments than a process lives to see. */
const CHANGES = 2 ** 32;

/** The signals that a box has met. It keeps none alive: one that nobody can emit any more is forgotten. */
export class KnownSignals {
  readonly #parts: KnownParts;
  readonly #known = new WeakMap<AnySignal, Known>();
  readonly #byName = new Map<string, WeakRef<AnySignal>>();
  readonly #gone = new FinalizationRegistry<string>((name) => {
    // Another of that name may have come meanwhile.
    if (!this.#byName.get(name)?.deref()) this.#byName.delete(name);
  });
  #instrumentsVersion = 0;

  constructor(parts: KnownParts) {
    this.#parts = parts;
  }

  /** The first of each name. */
  get all(): readonly AnySignal[] {
    return [...this.#byName.values()].flatMap((ref) => ref.deref() ?? []);
  }

  get(signal: AnySignal): Known | undefined {
    return this.#known.get(signal);
  }

  /** Makes a signal known. Throws where the box knows another of its name. */
  add(signal: AnySignal): Known {
    const found = this.#known.get(signal);
    if (found) return found;
    const namesake = this.#byName.get(signal.name)?.deref();
    if (namesake && shapeOf(namesake) !== shapeOf(signal)) {
      throw new SignalboxError(
        `The signal '${signal.name}' is defined twice with different fields, severity, event name or metrics. Define it once and import it, or give one of them another name.`,
      );
    }
    const schema = compileSchema(signal);
    const feeds = this.#parts.instruments.feeds(schema);
    const known: Known = { schema, feeds, backends: [], measured: false, version: -1 };
    this.#known.set(signal, known);
    if (!namesake) {
      this.#byName.set(signal.name, new WeakRef(signal));
      this.#gone.register(signal, signal.name);
    }
    if (feeds.length > 0) this.#instrumentsVersion++;
    return known;
  }

  /** Whether a destination gets an instrument: it is routed one of its signals, or is the default where none feeds it. */
  takesInstrument(destination: string, instrument: string): boolean {
    const { instruments, router, fallback } = this.#parts;
    const fedBy = instruments.signalsOf(instrument);
    if (fedBy.length === 0) return destination === fallback;
    return fedBy.some((name) => router.metricDestinations({ name }).has(destination));
  }

  /** Whether a signal feeds an instrument that somebody takes. One that is routed a signal of an instrument gets the whole instrument. */
  isMeasured(known: Known): boolean {
    const { router, ports } = this.#parts;
    const version = router.version * CHANGES + this.#instrumentsVersion;
    if (known.version === version) return known.measured;
    known.version = version;
    known.backends = known.feeds.map((feed) => {
      const backends = new Set<MetricBackend>();
      for (const [name, port] of ports) {
        if (port.metrics && this.takesInstrument(name, feed.instrument.metric.name))
          backends.add(port.metrics);
      }
      return [...backends];
    });
    known.measured = known.backends.some((backends) => backends.length > 0);
    return known.measured;
  }
}
