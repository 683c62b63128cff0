import type { Destination } from '../delivery/destination.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import type { RedactText } from '../emission/redact-text.js';
import type { RedactValue } from '../emission/redact-value.js';
import type { Route } from '../routing/route.js';
import type { BoundValues, Undeclared } from '../signal/bound-fields.js';
import type { LevelFields } from '../signal/level.js';
import type { Level, LevelRules } from '../signal/level-rules.js';
import type { OptionNames, Renamed } from '../signal/option-checks.js';
import type { AnySignal } from '../signal/signal.js';

/** Options of {@link createSignalbox}. All are optional. Without options every signal goes through the app's own OpenTelemetry. */
export interface SignalboxOptions<D extends string> {
  /** The destinations by name, beside `otel`. A function is a sink. */
  readonly destinations?: Readonly<Record<D, Destination | SinkFunction>>;
  /**
   * Which signals go where. Default: all signals go to every declared destination, and to `otel` too unless one of the destinations consists of
   * exporters. Sinks alone never switch OpenTelemetry off; routes do, as in `routes: [{ signals: '*', to: ['console'] }]`.
   */
  readonly routes?: readonly Route<NoInfer<D> | 'otel'>[];
  /**
   * The destination of telemetry that belongs to no signal of the box: the app's other spans, records and metrics (if the app uses `nodeSdk` of
   * `signalbox/sdk`), and metrics that no signal feeds. Default `'otel'`.
   */
  readonly otherTelemetry?: NoInfer<D> | 'otel';
  /**
   * The lowest severity that leaves: one for all signals, as `'info'`, or one per name pattern, as `{ '*': 'info', 'JOB_*': 'warn' }`. The longest
   * pattern (without `*`) that matches decides. The level does not affect metrics. `SIGNALBOX_LEVEL` supplies the levels of patterns that are not
   * given here. Default: all severities leave.
   */
  readonly level?: Level | LevelRules;
  /** All signals of the app. If given, a route with a pattern that matches none of them throws. */
  readonly signals?: readonly AnySignal[];
  /**
   * Values that every signal and every plain record of the box carries beside its own fields: at most 64 undeclared values by name, or values of
   * declared fields, as in `ZONE.of({ zone: 'eu' })` with `const ZONE = bound({ zone: field.string() })`. Default: none.
   */
  readonly attributes?: BoundValues | (LevelFields & Undeclared);
  /** Who makes span events: the box (`'direct'`), {@link spanEventBridge} (`'bridge'`), or nobody (`'off'`). Default `'direct'`. */
  readonly spanEvents?: 'direct' | 'bridge' | 'off';
  /**
   * With `true`, log records also carry the event name as the attribute `event.name`, for pipelines that drop the event name of a record
   * (dd-trace, Azure Monitor, New Relic, the SDKs before 2.0). Default `false`.
   */
  readonly eventNameAttribute?: boolean;
  /**
   * How the app's own metrics SDK gets the counters and up-down counters of signals. With `'collected'` the box sums them itself and gives the
   * SDK one sum per series whenever one of its readers collects. The sums are exact, and each emit saves most of the cost of a call into the SDK.
   * Until the first collection each emit calls the SDK. With `'direct'` each emit always calls the SDK: a view that reads the context of the emit
   * needs this. Destinations made of exporters have their own sums in both cases. Default `'collected'`.
   */
  readonly counters?: 'collected' | 'direct';
  /**
   * The trace context that jobs carry if the app has registered no propagator: with `'w3c'` the box writes and reads a W3C `traceparent` itself,
   * with `'app'` jobs carry none. If there is a propagator, it alone decides. Within one process attempts are always linked to the enqueue and
   * to earlier attempts. Default `'w3c'`, or `'app'` if `OTEL_PROPAGATORS` is `none`.
   */
  readonly propagation?: 'w3c' | 'app';
  /**
   * Rewrites the values of plain level records (`box.info('…', { … })`) by name before they leave. `redactPaths` of `signalbox/redaction` makes
   * such a function. For fields of signals use `sensitive` instead.
   */
  readonly redact?: RedactValue;
  /**
   * Rewrites texts before they leave: messages of records, and messages, stacks and types of errors, also in span statuses and in causes that
   * the box reports to `diag`. If it throws, `[redacted]` leaves.
   */
  readonly redactText?: RedactText;
  /**
   * Whether the box prints mistakes on the console (stderr), with the line of the app. Otherwise it only counts them: wrong values, undeclared
   * fields, signals that no route takes, workers that are not observed, an `otel` that takes nothing. Default: `true` if `NODE_ENV` is
   * `development`; if it is neither that nor `production` nor `test`, `true` if stderr is a terminal.
   */
  readonly development?: boolean;
  readonly limits?: Limits;
}

/** The limits of a box. */
export interface Limits {
  /** The longest string that leaves, in UTF-16 units. Default 4096. */
  readonly stringLength?: number;
  /** The greatest depth of emits within emits (in processors, in sinks). Default 8. */
  readonly emitDepth?: number;
}

export const OPTIONS: OptionNames<SignalboxOptions<string>> = {
  destinations: true,
  routes: true,
  otherTelemetry: true,
  level: true,
  signals: true,
  attributes: true,
  spanEvents: true,
  counters: true,
  eventNameAttribute: true,
  propagation: true,
  redact: true,
  redactText: true,
  development: true,
  limits: true,
};

export const RENAMED: Renamed = { default: 'otherTelemetry', redactError: 'redactText' };

export const LIMITS: OptionNames<Limits> = { stringLength: true, emitDepth: true };
