import type { HrTime, Span } from '@opentelemetry/api';
import type { Channel } from '../delivery/account.js';
import { swallow } from '../delivery/guard.js';
import { isMoment } from '../emission/range.js';
import type { Snapshot } from '../emission/snapshot.js';
import { takeSnapshot } from '../emission/snapshot.js';
import type { ValueCounts } from '../emission/value.js';
import { noValueCounts, readGuarded, UNREADABLE } from '../emission/value.js';
import { held } from '../routing/held.js';
import type { Resolution } from '../routing/plan.js';
import { isSeverity } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';
import { hrTime } from '../telemetry/clock.js';
import { insideOfEmit } from '../telemetry/inside.js';
import { OTEL } from '../telemetry/otel.js';
import { beyondSpan } from '../telemetry/span-event.js';
import { ownSpanContext, spanContextOf, whereOf } from '../telemetry/where.js';
import { EmitCounts } from './emit-counts.js';
import type { CoreEmitOptions } from './emit-options.js';
import type { EmitterParts } from './emitter-parts.js';
import type { Known } from './known-signals.js';
import { KnownSignals } from './known-signals.js';

/** What became of an emit. */
type Outcome = 'emitted' | 'unrouted' | 'conflict' | 'error';

/** The picture of DESIGN.md in code: one emit, mapped and handed out. Nothing here may throw into the app. */
export class Emitter {
  readonly values: ValueCounts = noValueCounts();
  /** What was kept for who may take it is among the unrouted until {@link settle}. */
  readonly counts: EmitCounts = new EmitCounts();
  readonly #parts: EmitterParts;
  readonly #signals: KnownSignals;
  readonly #conflicts = new WeakSet<AnySignal>();
  #depth = 0;

  constructor(parts: EmitterParts) {
    this.#parts = parts;
    this.#signals = new KnownSignals(parts);
  }

  /** Gives what was kept to those who have turned out to take it: to be done before routes change, and before counts are told. */
  settle(): void {
    this.#signals.settle(this.counts);
  }

  /** Whether any destination gets an instrument. */
  isTaken(instrument: string): boolean {
    return this.#signals.isTaken(instrument);
  }

  get signals(): readonly AnySignal[] {
    return this.#signals.all;
  }

  /** Throws where signals can not all be made known. */
  check(signals: readonly AnySignal[]): void {
    this.#signals.check(signals);
  }

  /** Makes a signal known. Throws where the box knows another of its name. */
  register(signal: AnySignal): Known {
    return this.#signals.add(signal);
  }

  /** Whether a destination gets an instrument: it is routed one of its signals, or is the default where none feeds it. */
  takesInstrument(destination: string, instrument: string): boolean {
    return this.#signals.takesInstrument(destination, instrument);
  }

  /** Throws only where there is no stack left and nothing is counted. */
  emit(signal: AnySignal, fields: object | undefined, options: CoreEmitOptions | undefined): void {
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

  #emit(signal: AnySignal, fields: object | undefined, options: CoreEmitOptions | undefined): Outcome {
    const known = this.#signals.get(signal) ?? this.#meet(signal);
    if (!known) return 'conflict';
    const given = this.#given(options, 'severity');
    const severity = isSeverity(given) ? given : signal.severity;
    const plan = this.#parts.router.plan(signal, severity);
    const measured = this.#signals.isMeasured(known);
    const fixed = plan.fixed;
    if (fixed && !measured && !known.recorded && goesNowhere(fixed)) return 'unrouted';
    const message = this.#given(options, 'message');
    const snapshot = takeSnapshot(known.schema, severity, message, fields, this.#parts.rules, this.values);
    const resolution = fixed ?? plan.resolve(held(plan.conditions, snapshot.values(), this.#parts.report));
    const nowhere = goesNowhere(resolution) && !measured;
    if (!nowhere) this.#hand(snapshot, resolution, options);
    if (known.recorded) this.#parts.instruments.record(known.feeds, known.backends, snapshot);
    if (known.keeps) this.#signals.keep(known, nowhere);
    return nowhere ? 'unrouted' : 'emitted';
  }

  /** One option of an emit, read once: JavaScript may give anything in place of options, and getters that throw. */
  #given(options: unknown, name: keyof CoreEmitOptions): unknown {
    if (typeof options !== 'object' || options === null) return undefined;
    const value = readGuarded(options, name, this.values);
    return value === UNREADABLE ? undefined : value;
  }

  /** The moment that an emit was given, where the wire can carry it. */
  #moment(timestamp: unknown): number | undefined {
    if (timestamp === undefined || isMoment(timestamp)) return timestamp;
    if (typeof timestamp === 'number') this.values.outOfRange++;
    else this.values.wrongType++;
    return undefined;
  }

  #hand(snapshot: Snapshot, resolution: Resolution, options: CoreEmitOptions | undefined): void {
    const { report, identity } = this.#parts;
    const where = whereOf(this.#given(options, 'context'), report);
    const { context, span } = where;
    const moment = this.#moment(this.#given(options, 'timestamp'));
    const timeMillis = moment ?? (where.clock ?? this.#parts.clock).now();
    const time = hrTime(timeMillis);
    // What happened earlier than it is told; clocks that differ by a little tell of no future.
    const observed = moment === undefined ? time : hrTime(Math.max(timeMillis, this.#parts.clock.now()));
    const found = spanContextOf(span);
    const keeps = isKept(resolution);
    if (keeps) snapshot.own();
    const spanContext = keeps && found ? ownSpanContext(found) : found;
    const inside = insideOfEmit(context, where.isGiven, resolution.sinks.length, report);
    const onSpan = resolution.spanEvents.length > 0 && snapshot.schema.signal.spanEvents !== 'off';
    // A bridge sees what goes through the app's log pipeline, and nothing else.
    const bridged = onSpan && this.#parts.bridged && resolution.logs.some((log) => log.destination === OTEL);
    const depth = inside?.depth ?? 0;
    for (const { destination, reveal } of resolution.logs) {
      if (inside?.destinations.has(identity(destination))) this.#reentrant(destination, 'logs');
      else {
        // No spread: copying an entry costs more than making one.
        const entry = { snapshot, reveal, time, observed, context, spanContext, bridged, depth };
        this.#parts.ports.get(destination)?.log?.(entry);
      }
    }
    if (span && found) {
      if (onSpan && !bridged)
        this.#spanEvent(snapshot, this.#given(options, 'spanSays'), span, time, resolution.spanEvents);
      if (resolution.spans.length > 0) this.#parts.spanRoutes.mark(found, resolution.spans);
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

  #spanEvent(
    snapshot: Snapshot,
    says: unknown,
    span: Span,
    time: HrTime,
    destinations: readonly string[],
  ): void {
    const { spanEvents } = this.#parts;
    const signal = snapshot.schema.signal;
    if (!spanEvents) return;
    let added: boolean | undefined;
    let cause: unknown;
    try {
      const recording: unknown = span.isRecording();
      // A promise is no yes.
      if (swallow(recording) || !recording) return;
      const lifecycle = signal.spanEvents === 'lifecycle';
      const attributes = beyondSpan(snapshot.attributes(''), says);
      added = spanEvents.add(span, signal.event, attributes, time, lifecycle);
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
}

/** Whether a queue of ours keeps it: what the app's own SDK keeps is the app's. */
function isKept({ sinks, logs }: Resolution): boolean {
  return sinks.length > 0 || logs.some((log) => log.destination !== OTEL);
}

function goesNowhere(resolution: Resolution): boolean {
  return resolution.logs.length === 0 && resolution.sinks.length === 0 && resolution.spanEvents.length === 0;
}
