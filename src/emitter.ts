import type { Context, HrTime, Span, SpanContext } from '@opentelemetry/api';
import type { MetricBackend } from './delivery/destination.js';
import type { Channel } from './delivery/ledger.js';
import type { Schema } from './emission/schema.js';
import { compileSchema } from './emission/schema.js';
import type { Snapshot } from './emission/snapshot.js';
import { takeSnapshot } from './emission/snapshot.js';
import type { ValueCounts } from './emission/value.js';
import { EmitCounts } from './emit-counts.js';
import type { EmitOptions } from './emit-options.js';
import type { EmitterParts } from './emitter-parts.js';
import { held } from './routing/held.js';
import type { Resolution } from './routing/plan.js';
import { SignalboxError } from './signal/problem.js';
import { isSeverity } from './signal/severity.js';
import type { AnySignal } from './signal/signal.js';
import { shapeOf } from './signal/signal.js';
import type { Clock } from './telemetry/clock.js';
import { hrTime } from './telemetry/clock.js';
import { CLOCK_KEY, spanOf } from './telemetry/context.js';
import { activeContext } from './telemetry/globals.js';
import { insideOfEmit } from './telemetry/inside.js';
import type { Feed } from './telemetry/instruments.js';
import { OTEL } from './telemetry/otel.js';

/** A signal as a box knows it: compiled once. */
interface Known {
  readonly schema: Schema;
  readonly feeds: readonly Feed[];
  /** Which backends take each feed; worked out anew when routes or signals changed. */
  backends: readonly (readonly MetricBackend[])[];
  measured: boolean;
  version: number;
}

export type { EmitCounts };

/** What became of an emit. */
type Outcome = 'emitted' | 'unrouted' | 'conflict' | 'error';

/** The picture of DESIGN.md in code: one emit, mapped and handed out. Nothing here may throw into the app. */
export class Emitter {
  readonly values: ValueCounts = { wrongType: 0, undeclared: 0, unserializable: 0, truncated: 0 };
  readonly counts: EmitCounts = new EmitCounts();
  readonly #parts: EmitterParts;
  readonly #known = new Map<AnySignal, Known>();
  readonly #byName = new Map<string, AnySignal>();
  readonly #conflicts = new WeakSet<AnySignal>();
  #depth = 0;
  #signalsVersion = 0;

  constructor(parts: EmitterParts) {
    this.#parts = parts;
  }

  get signals(): readonly AnySignal[] {
    return [...this.#byName.values()];
  }

  /** Makes a signal known. Throws where the box knows another of its name. */
  register(signal: AnySignal): Known {
    const found = this.#known.get(signal);
    if (found) return found;
    const namesake = this.#byName.get(signal.name);
    if (namesake && shapeOf(namesake) !== shapeOf(signal)) {
      throw new SignalboxError(
        `The signal '${signal.name}' is defined twice with different fields, severity, event name or metrics. Define it once and import it, or give one of them another name.`,
      );
    }
    const schema = compileSchema(signal);
    const known: Known = {
      schema,
      feeds: this.#parts.instruments.feeds(schema),
      backends: [],
      measured: false,
      version: -1,
    };
    this.#known.set(signal, known);
    if (!namesake) this.#byName.set(signal.name, signal);
    this.#signalsVersion++;
    return known;
  }

  /** Throws only where there is no stack left and nothing is counted. */
  emit(signal: AnySignal, fields: object | undefined, options: EmitOptions | undefined): void {
    const { counts } = this;
    if (this.#depth >= this.#parts.depth) {
      counts.depth++;
      try {
        this.#parts.report('depth', 'emits within emits went too deep; further ones are refused and counted');
      } catch {
        // It is counted, and must not be once more by whoever catches it.
      }
      return;
    }
    this.#depth++;
    let outcome: Outcome = 'error';
    let cause: unknown;
    try {
      outcome = this.#emit(signal, fields, options);
    } catch (error) {
      cause = error;
    }
    // No call from here to the end of the counting: it may be what there is no stack left for.
    this.#depth--;
    counts[outcome]++;
    if (outcome !== 'error') return;
    try {
      this.#parts.report('emit', 'an emit failed', cause);
    } catch {
      // As above.
    }
  }

  // What is counted is not thrown any more.
  #tell(key: string, message: string, error?: unknown): void {
    try {
      this.#parts.report(key, message, error);
    } catch {
      // There is no stack left to tell it.
    }
  }

  #emit(signal: AnySignal, fields: object | undefined, options: EmitOptions | undefined): Outcome {
    const known = this.#known.get(signal) ?? this.#meet(signal);
    if (!known) return 'conflict';
    const severity = isSeverity(options?.severity) ? options.severity : signal.severity;
    const plan = this.#parts.router.plan(signal, severity);
    const measured = this.#isMeasured(known);
    const fixed = plan.fixed;
    if (fixed && !measured && goesNowhere(fixed)) return 'unrouted';
    const message: unknown = options?.message;
    const snapshot = takeSnapshot(known.schema, severity, message, fields, this.#parts.rules, this.values);
    const resolution = fixed ?? plan.resolve(held(plan.conditions, snapshot.values(), this.#parts.report));
    if (goesNowhere(resolution) && !measured) return 'unrouted';
    this.#hand(snapshot, resolution, options?.context, options?.timestamp);
    if (measured) this.#parts.instruments.record(known.feeds, known.backends, snapshot.clean);
    return 'emitted';
  }

  #hand(
    snapshot: Snapshot,
    resolution: Resolution,
    given: Context | undefined,
    timestamp: number | undefined,
  ): void {
    const { report, identity } = this.#parts;
    const context = given ?? activeContext(report);
    const attemptClock = context.getValue(CLOCK_KEY) as Clock | undefined;
    const isGiven = typeof timestamp === 'number' && Math.abs(timestamp) <= LAST_DATE;
    const timeMillis = isGiven ? timestamp : (attemptClock ?? this.#parts.clock).now();
    const time = hrTime(timeMillis);
    // What happened earlier than it is told; clocks that differ by a little tell of no future.
    const observed = isGiven ? hrTime(Math.max(timeMillis, this.#parts.clock.now())) : time;
    const span = spanOf(context);
    const spanContext = spanContextOf(span);
    const inside = insideOfEmit(context, given !== undefined, resolution.sinks.length, report);
    const onSpan = resolution.spanEvents.length > 0 && snapshot.schema.signal.spanEvents !== 'off';
    // A bridge sees what goes through the app's log pipeline, and nothing else.
    const bridged = onSpan && this.#parts.bridged && resolution.logs.some((log) => log.destination === OTEL);
    for (const { destination, reveal } of resolution.logs) {
      if (inside?.destinations.has(identity(destination))) this.#reentrant(destination, 'logs');
      else {
        // No spread: copying an entry costs more than making one.
        const entry = { snapshot, reveal, time, observed, context, spanContext, bridged };
        this.#parts.ports.get(destination)?.log?.(entry);
      }
    }
    if (span && spanContext) {
      if (onSpan && !bridged) this.#spanEvent(snapshot, span, time, resolution.spanEvents);
      if (resolution.spans.length > 0) this.#parts.spanRoutes.mark(spanContext, resolution.spans);
    }
    if (resolution.sinks.length === 0) return;
    const place = { timeMillis, traceId: spanContext?.traceId, spanId: spanContext?.spanId };
    for (const { destination, reveal } of resolution.sinks) {
      if (inside?.destinations.has(identity(destination))) {
        this.#reentrant(destination, 'sink');
        continue;
      }
      const port = this.#parts.ports.get(destination);
      const account = this.#parts.account(destination, 'sink');
      const emission = snapshot.emission(reveal, place);
      const bytes = snapshot.weight();
      // Before it, for it may tell of what it can not take. And no calls: where there is no stack left, what was not taken is not counted.
      account.arrived++;
      try {
        port?.accept?.(emission, inside, bytes);
      } catch (error) {
        account.arrived--;
        throw error;
      }
    }
  }

  // What a destination emits while it works must not feed it: that would never end.
  #reentrant(destination: string, channel: Channel): void {
    const account = this.#parts.account(destination, channel);
    account.dropped('reentrant');
    account.arrived++;
    this.#tell(`reentrant:${destination}`, `'${destination}' emits at work: not given to it`);
  }

  #spanEvent(snapshot: Snapshot, span: Span, time: HrTime, destinations: readonly string[]): void {
    const { spanEvents } = this.#parts;
    const signal = snapshot.schema.signal;
    if (!spanEvents) return;
    let added: boolean | undefined;
    let cause: unknown;
    try {
      if (!span.isRecording()) return;
      const lifecycle = signal.spanEvents === 'lifecycle';
      added = spanEvents.add(span, signal.event, snapshot.attributes(''), time, lifecycle);
    } catch (error) {
      cause = error;
    }
    for (const destination of destinations) {
      const account = this.#parts.account(destination, 'spanEvents');
      if (added) account.handedOver();
      else if (added === false) account.dropped('span_full');
      else account.failed();
      account.arrived++;
    }
    if (added === false)
      this.#tell('span_full', 'a span has all the events that it may have: the rest is counted');
    else if (added === undefined) this.#tell('spanEvents:threw', 'the active span threw on addEvent', cause);
  }

  #meet(signal: AnySignal): Known | undefined {
    if (this.#conflicts.has(signal)) return undefined;
    try {
      return this.register(signal);
    } catch (error) {
      // What else went wrong (a stack that is full) says nothing of the signal.
      if (error instanceof RangeError) throw error;
      if (typeof signal === 'object' && signal !== null) this.#conflicts.add(signal);
      this.#tell('conflict', 'a signal can not be emitted', error);
      return undefined;
    }
  }

  /** Whether a destination gets an instrument: it is routed one of its signals, or is the default where none feeds it. */
  takesInstrument(destination: string, instrument: string): boolean {
    const fedBy = this.#parts.instruments.signalsOf(instrument);
    if (fedBy.length === 0) return destination === this.#parts.fallback;
    return fedBy.some((name) => {
      const signal = this.#byName.get(name);
      return signal !== undefined && this.#parts.router.metricDestinations(signal).has(destination);
    });
  }

  // A destination that is routed one signal of an instrument gets the whole instrument.
  #isMeasured(known: Known): boolean {
    const version = this.#parts.router.version * 65_536 + this.#signalsVersion;
    if (known.version === version) return known.measured;
    known.version = version;
    known.backends = known.feeds.map((feed) => {
      const backends = new Set<MetricBackend>();
      for (const [name, port] of this.#parts.ports) {
        if (port.metrics && this.takesInstrument(name, feed.instrument.metric.name))
          backends.add(port.metrics);
      }
      return [...backends];
    });
    known.measured = known.backends.some((backends) => backends.length > 0);
    return known.measured;
  }
}

/** The last moment that a Date can tell, in milliseconds. */
const LAST_DATE = 8.64e15;

function goesNowhere(resolution: Resolution): boolean {
  return resolution.logs.length === 0 && resolution.sinks.length === 0 && resolution.spanEvents.length === 0;
}

function spanContextOf(span: Span | undefined): SpanContext | undefined {
  try {
    return span?.spanContext();
  } catch {
    return undefined;
  }
}
