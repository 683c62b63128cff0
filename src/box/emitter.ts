import type { Report } from '../delivery/report.js';
import type { Bound } from '../emission/bound.js';
import { takeSnapshot } from '../emission/read-values.js';
import type { Snapshot } from '../emission/snapshot.js';
import type { ValueCounts } from '../emission/value.js';
import { isMoment } from '../emission/wire-range.js';
import type { Severity } from '../signal/severity.js';
import { isSeverity } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';
import { hrTime } from '../telemetry/clock.js';
import { ownSpanContext, spanContextOf, whereOf } from '../telemetry/emit-context.js';
import { insideOfEmit } from '../telemetry/loop-context.js';
import type { EmitOutcome } from './emit-counts.js';
import { EmitCounts } from './emit-counts.js';
import type { CoreEmitOptions } from './emit-options.js';
import { EmitPlan } from './emit-plan.js';
import type { EmitterParts } from './emitter-parts.js';
import { handToLogs } from './hand-to-logs.js';
import { handToSinks } from './hand-to-sinks.js';
import { handToSpan } from './hand-to-span.js';
import type { Known } from './known-signals.js';
import { KnownSignals } from './known-signals.js';
import type { GivenOptions } from './read-emit-options.js';
import { NOTHING_GIVEN, readEmitOptions } from './read-emit-options.js';
import type { Receipts } from './receipts.js';
import type { Targets } from './target.js';
import { TargetTable } from './target-table.js';

/** Makes the views of one emit and hands them out: emit → plan → channels → destinations. Must not throw into the app. */
export class Emitter {
  readonly values: ValueCounts;
  /** Until {@link settle}, emits whose measurements are kept for a possible destination count as unrouted. */
  readonly counts: EmitCounts = new EmitCounts();
  readonly #parts: EmitterParts;
  readonly #signals: KnownSignals;
  readonly #conflicts = new WeakSet<AnySignal>();
  /** Reports without throwing: a counted problem must not throw as well. */
  readonly #report: Report;
  #targets: TargetTable;
  #targetsAt = -1;
  #depth = 0;

  constructor(parts: EmitterParts) {
    this.#parts = parts;
    this.values = parts.values;
    this.#targets = new TargetTable(parts);
    this.#report = (key, message, error) => {
      try {
        parts.report(key, message, error);
      } catch {
        // The stack is exhausted.
      }
    };
    this.#signals = new KnownSignals(parts);
  }

  /** Hands kept measurements to the backends that take them. Call it before routes change and before counts are read. */
  settle(): void {
    this.#signals.settle(this.counts);
    this.#parts.instruments.handOver();
  }

  /** Whether any destination gets an instrument. */
  isTaken(instrument: string): boolean {
    return this.#signals.isTaken(instrument);
  }

  get signals(): readonly AnySignal[] {
    return this.#signals.all;
  }

  /** Throws if one of the signals can not be registered. */
  check(signals: readonly AnySignal[]): void {
    this.#signals.check(signals);
  }

  /** Registers a signal. Throws if the box knows a different signal of the same name. */
  register(signal: AnySignal): Known {
    return this.#signals.add(signal);
  }

  /** Whether a destination gets an instrument: a route brings it one of its signals, or no signal feeds it and it is `otherTelemetry`. */
  takesInstrument(destination: string, instrument: string): boolean {
    return this.#signals.takesInstrument(destination, instrument);
  }

  /** Throws only if the stack is exhausted and nothing is counted. */
  emit(
    signal: AnySignal,
    fields: object | undefined,
    options: CoreEmitOptions | undefined,
    receipts?: Receipts,
    bound?: Bound,
  ): void {
    const { counts } = this;
    if (this.#depth >= this.#parts.depth) {
      counts.depth++;
      if (receipts) receipts.emit = 'depth';
      try {
        this.#parts.report(
          'depth',
          'emits within emits are too deep: the box refuses and counts further ones',
        );
      } catch {
        // The emit is counted already: the caller must not catch this and count it again.
      }
      return;
    }
    this.#depth++;
    let outcome: EmitOutcome = 'error';
    let cause: unknown;
    try {
      outcome = this.#emit(signal, fields, options, receipts, bound);
    } catch (error) {
      cause = error;
    }
    // No call from here until the outcome is counted: a call may exhaust the stack.
    this.#depth--;
    if (outcome === 'emitted') counts.emitted++;
    else if (outcome === 'unrouted') counts.unrouted++;
    else if (outcome === 'silenced') counts.silenced++;
    else if (outcome === 'conflict') counts.conflict++;
    else counts.error++;
    if (receipts) receipts.emit = outcome;
    if (outcome !== 'error') return;
    try {
      this.#parts.report('emit', 'an emit failed', cause);
    } catch {
      // The outcome is counted already.
    }
  }

  #emit(
    signal: AnySignal,
    fields: object | undefined,
    options: CoreEmitOptions | undefined,
    receipts: Receipts | undefined,
    bound: Bound | undefined,
  ): EmitOutcome {
    const known = this.#signals.get(signal) ?? this.#meet(signal);
    if (!known) return 'conflict';
    // The fast path for emits that go nowhere.
    if (known.idle && options === undefined && this.#signals.isCurrent(known)) return known.idle;
    const given = options === undefined ? NOTHING_GIVEN : readEmitOptions(options, this.values);
    const severity = isSeverity(given.severity) ? given.severity : signal.severity;
    const plan = this.#planOf(known, severity);
    const measured = this.#signals.isMeasured(known);
    if (plan.fixed?.none && !measured && !known.recorded) {
      known.idle = severity === signal.severity ? plan.nowhere : undefined;
      return plan.nowhere;
    }
    const { rules } = this.#parts;
    const { values } = this;
    // Read before the values: a getter of the app may change the routes.
    const { recorded, backends } = known;
    const snapshot = takeSnapshot(known.schema, severity, given.message, fields, rules, values, bound);
    const targets = plan.fixed ?? plan.targetsOf(snapshot);
    const silenced = plan.nowhere === 'silenced';
    const nowhere = targets.none && !measured && !silenced;
    if (!nowhere && !silenced) this.#hand(snapshot, targets, given, receipts);
    if (recorded) this.#parts.instruments.record(known.feeds, backends, snapshot);
    if (known.keeps) this.#signals.keep(known, nowhere);
    return nowhere || silenced ? plan.nowhere : 'emitted';
  }

  /** The plan of a signal at a severity. Compiled again after routes or levels have changed. */
  #planOf(known: Known, severity: Severity): EmitPlan {
    const { version } = this.#parts.router;
    if (known.plannedAt !== version) {
      known.plans.clear();
      known.plan = undefined;
      known.plannedAt = version;
    }
    const { signal } = known.schema;
    if (severity !== signal.severity) return known.plans.get(severity) ?? this.#compile(known, severity);
    known.plan ??= this.#compile(known, severity);
    return known.plan;
  }

  #compile(known: Known, severity: Severity): EmitPlan {
    const { router } = this.#parts;
    if (this.#targetsAt !== router.version) {
      this.#targets = new TargetTable(this.#parts);
      this.#targetsAt = router.version;
    }
    const plan = new EmitPlan(router.plan(known.schema.signal, severity), this.#targets, this.#report);
    known.plans.set(severity, plan);
    return plan;
  }

  /** The timestamp given to an emit, if the wire can carry it. */
  #moment(timestamp: unknown): number | undefined {
    if (timestamp === undefined || isMoment(timestamp)) return timestamp;
    if (typeof timestamp === 'number') this.values.outOfRange++;
    else this.values.wrongType++;
    return undefined;
  }

  #hand(snapshot: Snapshot, targets: Targets, given: GivenOptions, receipts: Receipts | undefined): void {
    const { spanEvents, spanRoutes, clock } = this.#parts;
    const report = this.#report;
    const where = whereOf(given.context, report);
    const { context, isActive, span } = where;
    const moment = this.#moment(given.timestamp);
    const timestamp = moment ?? (where.clock ?? clock).now();
    const time = hrTime(timestamp);
    // An explicit timestamp may lie in the past, so the observed time is now, but never before the timestamp: clocks differ slightly.
    const observed = moment === undefined ? time : hrTime(Math.max(timestamp, clock.now()));
    const found = spanContextOf(span);
    if (targets.kept) snapshot.own();
    const spanContext = targets.kept && found ? ownSpanContext(found) : found;
    const inside = insideOfEmit(context, where.isGiven, targets.sinks.length, report);
    const onSpan = targets.spanEvents.length > 0 && snapshot.schema.signal.spanEvents !== 'off';
    // The bridge gets only the records of the app's own log pipeline.
    const bridged = onSpan && this.#parts.bridged && targets.byApp;
    if (targets.logs.length > 0) {
      const depth = inside?.depth ?? 0;
      const entry = { snapshot, time, observed, context, isActive, spanContext, bridged, depth };
      handToLogs(targets.logs, entry, inside, report);
    }
    if (span && found) {
      if (onSpan && !bridged && spanEvents) {
        handToSpan(targets.spanEvents, snapshot, given.spanSays, span, time, spanEvents, report);
      }
      if (targets.spans !== 0) spanRoutes.mark(found, targets.spans);
    }
    if (targets.sinks.length === 0) return;
    const place = { timestamp, traceId: spanContext?.traceId, spanId: spanContext?.spanId };
    handToSinks(targets.sinks, snapshot, place, inside, report, receipts);
  }

  #meet(signal: AnySignal): Known | undefined {
    if (this.#conflicts.has(signal)) return undefined;
    try {
      return this.register(signal);
    } catch (error) {
      // An exhausted stack does not mean that the signal conflicts.
      if (error instanceof RangeError) throw error;
      if (typeof signal === 'object' && signal !== null) this.#conflicts.add(signal);
      this.#report('conflict', 'a signal can not be emitted', error);
      return undefined;
    }
  }
}
