import type { MetricBackend, Port } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { Schema } from '../emission/compiled-signal.js';
import { compileSchema } from '../emission/compiled-signal.js';
import type { Router } from '../routing/router.js';
import { feeders } from '../signal/feeders.js';
import type { Severity } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';
import { shapeOf } from '../signal/signal.js';
import { SignalboxError } from '../signal/signalbox-error.js';
import type { Feed, Instruments } from '../telemetry/instruments.js';
import type { EmitCounts } from './emit-counts.js';
import type { EmitPlan } from './emit-plan.js';

/** A registered signal, compiled once per box. */
export interface Known {
  readonly schema: Schema;
  readonly feeds: readonly Feed[];
  /** The backends that record each feed. Computed again after routes or instruments have changed. */
  backends: Backends;
  /** The backends that take each feed, without those that only keep it for a route that may still come. */
  taking: Backends;
  /** Whether any backend takes one of its instruments. */
  measured: boolean;
  /** Whether any backend takes or keeps one of its instruments. */
  recorded: boolean;
  /** Whether one of its instruments is kept for a backend that may still take it. */
  keeps: boolean;
  /** The outcome of an emit at the signal's own severity, if it goes nowhere and no metric is recorded. */
  idle: 'silenced' | 'unrouted' | undefined;
  /** The versions of routes and instruments for which the properties above hold. */
  routesAt: number;
  instrumentsAt: number;
  /** Its plans by severity, for the version `plannedAt` of the routes. */
  readonly plans: Map<Severity, EmitPlan>;
  /** The plan at the signal's own severity, which nearly all emits use. */
  plan: EmitPlan | undefined;
  plannedAt: number;
  kept: Kept | undefined;
}

/** One list of backends per feed. */
type Backends = readonly (readonly MetricBackend[])[];

/** Emits of a signal whose measurements are kept. */
interface Kept {
  readonly signal: string;
  /** The backends for which each instrument is kept. */
  readonly waiting: Map<string, Set<MetricBackend>>;
  emits: number;
  /** How many of these emits went nowhere else. */
  unrouted: number;
}

/** The parts that known signals need. */
export interface KnownParts {
  readonly router: Router;
  readonly ports: ReadonlyMap<string, Port>;
  readonly instruments: Instruments;
  /** Telemetry that belongs to no signal goes to this destination. */
  readonly otherTelemetry: string;
  /** Whether the option `signals` declares all signals, so that no unknown signal comes. */
  readonly declared: boolean;
  readonly report: Report;
}

/** The most emits of one signal whose measurements are kept. Most signals that no route takes now will never be taken. */
const KEPT_EMITS = 10_000;

/** The most signals of which emits are kept. */
const KEPT_SIGNALS = 10_000;

/** The signals that a box knows. It holds them weakly: a signal that the app has dropped is forgotten. */
export class KnownSignals {
  readonly #parts: KnownParts;
  readonly #known = new WeakMap<AnySignal, Known>();
  readonly #byName = new Map<string, WeakRef<AnySignal>>();
  readonly #gone = new FinalizationRegistry<string>((name) => {
    // Another signal of that name may have been registered meanwhile.
    if (!this.#byName.get(name)?.deref()) this.#byName.delete(name);
  });
  readonly #feeders = feeders();
  readonly #kept = new Set<Kept>();
  #instrumentsVersion = 0;

  constructor(parts: KnownParts) {
    this.#parts = parts;
  }

  /** The first signal of each name. */
  get all(): readonly AnySignal[] {
    return [...this.#byName.values()].flatMap((ref) => ref.deref() ?? []);
  }

  get(signal: AnySignal): Known | undefined {
    return this.#known.get(signal);
  }

  /** Throws if the box and the list have two different signals of one name, or two different metrics of one name. */
  check(signals: readonly AnySignal[]): void {
    const listed = new Map<string, AnySignal>();
    const unknown = signals.filter((signal) => !this.#known.has(signal));
    for (const signal of unknown) {
      const { name } = signal;
      const namesake = this.#byName.get(name)?.deref() ?? listed.get(name);
      listed.set(name, signal);
      if (!namesake || shapeOf(namesake) === shapeOf(signal)) continue;
      throw new SignalboxError(
        `The signal '${name}' is defined twice with different fields, severity, event name or metrics. Define it once and import it, or give one of them another name.`,
      );
    }
    this.#parts.instruments.check(unknown);
  }

  /** Registers a signal. Throws if the box knows a different signal of the same name. */
  add(signal: AnySignal): Known {
    const found = this.#known.get(signal);
    if (found) return found;
    this.check([signal]);
    const namesake = this.#byName.get(signal.name)?.deref();
    const schema = compileSchema(signal);
    const feeds = this.#parts.instruments.feeds(schema);
    const known: Known = {
      schema,
      feeds,
      backends: [],
      taking: [],
      measured: false,
      recorded: false,
      keeps: false,
      idle: undefined,
      routesAt: -1,
      instrumentsAt: -1,
      plans: new Map(),
      plan: undefined,
      plannedAt: -1,
      kept: undefined,
    };
    this.#known.set(signal, known);
    if (!namesake) {
      this.#byName.set(signal.name, new WeakRef(signal));
      this.#gone.register(signal, signal.name);
    }
    if (feeds.length > 0) this.#instrumentsVersion++;
    return known;
  }

  /** Whether a destination gets an instrument: a route brings it one of its signals, or no signal feeds it and it is `otherTelemetry`. */
  takesInstrument(destination: string, instrument: string): boolean {
    const { instruments, router, otherTelemetry } = this.#parts;
    const fedBy = instruments.signalsOf(instrument);
    if (fedBy.length === 0) return destination === otherTelemetry;
    return fedBy.some((name) => router.metricDestinations({ name }).has(destination));
  }

  /** Whether any destination gets an instrument. */
  isTaken(instrument: string): boolean {
    const ports = [...this.#parts.ports];
    return ports.some(([name, port]) => port.metrics && this.takesInstrument(name, instrument));
  }

  /** Whether neither routes nor instruments have changed since the backends of the signal were computed. */
  isCurrent(known: Known): boolean {
    return (
      known.routesAt === this.#parts.router.version &&
      known.instrumentsAt === this.#instrumentsVersion + this.#feeders.version
    );
  }

  /**
   * Whether a signal feeds an instrument that any backend takes. A backend that is routed one signal of an instrument gets the whole
   * instrument, including measurements from before that signal was defined. They are kept while a route may still take such a signal.
   */
  isMeasured(known: Known): boolean {
    if (this.isCurrent(known)) return known.measured;
    known.routesAt = this.#parts.router.version;
    known.instrumentsAt = this.#instrumentsVersion + this.#feeders.version;
    known.idle = undefined;
    const each = known.feeds.map((feed) => {
      const { name } = feed.instrument.metric;
      this.#give(name);
      return { name, ...this.#backendsOf(name) };
    });
    known.taking = each.map(({ taking }) => [...taking]);
    known.measured = known.taking.some((taking) => taking.length > 0);
    known.keeps = false;
    if ((known.kept?.emits ?? 0) < KEPT_EMITS)
      for (const { name, keeping } of each) if (keeping.size > 0) this.#keepFor(known, name, keeping);
    known.backends = known.keeps
      ? each.map(({ taking, keeping }) => [
          ...taking,
          ...[...keeping].map(([metrics, reserve]) => reserve ?? metrics),
        ])
      : known.taking;
    known.recorded = known.measured || known.keeps;
    return known.measured;
  }

  /** The backends that take an instrument, and those that may still take it, each with the reserve that keeps its measurements. */
  #backendsOf(instrument: string): {
    readonly taking: ReadonlySet<MetricBackend>;
    readonly keeping: ReadonlyMap<MetricBackend, MetricBackend | undefined>;
  } {
    const { router, ports, declared } = this.#parts;
    const taking = new Set<MetricBackend>();
    const keeping = new Map<MetricBackend, MetricBackend | undefined>();
    for (const [name, { metrics, reserve }] of ports) {
      if (!metrics) continue;
      if (this.takesInstrument(name, instrument)) taking.add(metrics);
      else if (!declared && router.mayTakeMetrics(name)) keeping.set(metrics, reserve);
    }
    for (const metrics of taking) keeping.delete(metrics);
    return { taking, keeping };
  }

  #keepFor(known: Known, instrument: string, keeping: ReadonlyMap<MetricBackend, unknown>): void {
    known.keeps = true;
    known.kept ??= { signal: known.schema.signal.name, waiting: new Map(), emits: 0, unrouted: 0 };
    const waiting = known.kept.waiting.get(instrument) ?? new Set();
    known.kept.waiting.set(instrument, waiting);
    for (const metrics of keeping.keys()) waiting.add(metrics);
  }

  /** Counts an emit whose measurements are kept. */
  keep(known: Known, unrouted: boolean): void {
    const { kept } = known;
    if (!kept) return;
    this.#kept.add(kept);
    kept.emits++;
    if (unrouted) kept.unrouted++;
    if (kept.emits < KEPT_EMITS && this.#kept.size <= KEPT_SIGNALS) return;
    known.keeps = false;
    known.backends = known.taking;
    known.recorded = known.measured;
  }

  /** Hands kept measurements to the backends that take them by now. Their emits then no longer count as unrouted. */
  settle(counts: EmitCounts): void {
    for (const { reserve } of this.#parts.ports.values())
      for (const instrument of reserve?.instruments ?? []) this.#give(instrument);
    for (const kept of this.#kept) {
      if (!this.#wasGiven(kept)) continue;
      counts.unrouted -= kept.unrouted;
      counts.emitted += kept.unrouted;
      if (kept.emits >= KEPT_EMITS)
        this.#parts.report(
          `kept ${kept.signal}`,
          `a route takes the metrics of '${kept.signal}' by another signal that was defined later: of the emits before that, the first ${KEPT_EMITS} are counted. Define signals first, or declare them in the box's \`signals\``,
        );
      kept.emits = 0;
      kept.unrouted = 0;
      this.#kept.delete(kept);
    }
  }

  /** Whether any backend has got kept measurements. Removes the backends that got theirs. */
  #wasGiven({ waiting }: Kept): boolean {
    let given = false;
    for (const [name, { metrics }] of this.#parts.ports)
      for (const [instrument, backends] of waiting)
        if (metrics && this.takesInstrument(name, instrument) && backends.delete(metrics)) given = true;
    return given;
  }

  #give(instrument: string): void {
    for (const [name, { reserve, metrics }] of this.#parts.ports) {
      if (!reserve || !metrics || !this.takesInstrument(name, instrument)) continue;
      const reserved = reserve.take(instrument);
      if (reserved) this.#parts.instruments.give(instrument, reserved, metrics);
    }
  }
}
