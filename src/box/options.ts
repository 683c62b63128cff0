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

/** What {@link createSignalbox} takes. All of it is optional: without any, every signal goes through the app's own OpenTelemetry. */
export interface SignalboxOptions<D extends string> {
  /** Named places that signals can go to, beside `otel`. A function is a sink. */
  readonly destinations?: Readonly<Record<D, Destination | SinkFunction>>;
  /**
   * Which signals go where. Default: everything to every declared destination, and to `otel` too unless one of them is made of
   * exporters. Sinks alone never switch OpenTelemetry off: a route does, as in `routes: [{ signals: '*', to: ['console'] }]`.
   */
  readonly routes?: readonly Route<NoInfer<D> | 'otel'>[];
  /**
   * The destination of everything that is no signal of the box: the app's other spans, records and metrics (where `nodeSdk` of
   * `signalbox/sdk` is used), and metrics that no signal feeds. Default `'otel'`.
   */
  readonly otherTelemetry?: NoInfer<D> | 'otel';
  /**
   * How severe a signal has to be so that it leaves: for all, as `'info'`, or by name pattern, as `{ '*': 'info', 'JOB_*': 'warn' }`. The pattern
   * with the most letters decides. Metrics are recorded whatever the level. `SIGNALBOX_LEVEL` says it for patterns that are not given here.
   * Default: everything leaves.
   */
  readonly level?: Level | LevelRules;
  /** The signals of the app, declared up front: then a route's pattern that matches none of them throws. */
  readonly signals?: readonly AnySignal[];
  /**
   * What each signal and each plain record of the box has beside its own fields: values by name, or those of declared fields, as in
   * `ZONE.of({ zone: 'eu' })` of `const ZONE = bound({ zone: field.string() })`. By name they are 64 at most. Default: nothing.
   */
  readonly attributes?: BoundValues | (LevelFields & Undeclared);
  /** Span events: put on spans by the box, left to {@link spanEventBridge}, or none. Default `'direct'`. */
  readonly spanEvents?: 'direct' | 'bridge' | 'off';
  /**
   * `true`: log records say their event's name as the attribute `event.name` too, for pipelines that drop the name of an event (dd-trace,
   * Azure Monitor, New Relic, the SDKs before 2.0). Default `false`.
   */
  readonly eventNameAttribute?: boolean;
  /**
   * How the app's own metrics SDK is given counters and up-down counters of signals. `'collected'`: the box adds them up, and gives the SDK one
   * sum a series whenever a reader of it collects. That is exact, and saves most of the call that each emit makes otherwise. Until the SDK has
   * collected once, each emit is a call. `'direct'`: it always is, as a view needs that reads the context of the emit. Destinations made of
   * exporters add up by themselves in both cases. Default `'collected'`.
   */
  readonly counters?: 'collected' | 'direct';
  /**
   * What jobs carry where the app has registered no propagator: `'w3c'`, a W3C `traceparent` that the box writes and reads itself, or
   * `'app'`, nothing. Where there is a propagator it alone decides. Within one process attempts are linked to what came before them in
   * each case. Default `'w3c'`, and `'app'` where `OTEL_PROPAGATORS` is `none`.
   */
  readonly propagation?: 'w3c' | 'app';
  /**
   * Rewrites the values of plain level records (`box.info('…', { … })`) before they leave, by name: `redactPaths` of `signalbox/redaction`
   * makes one. Fields of signals are declared `sensitive` instead.
   */
  readonly redact?: RedactValue;
  /**
   * Rewrites texts before they leave: messages of records, and messages, stacks and types of errors, span status and what `diag` is told of
   * causes included. Where it throws, `[redacted]` leaves.
   */
  readonly redactText?: RedactText;
  /**
   * Whether the box tells on the console (stderr), with the line of the app, what it counts otherwise: wrong values, undeclared fields, signals that no
   * route takes, workers that are not observed, an `otel` that takes nothing. Default: `true` where `NODE_ENV` is `development`; where it is
   * neither that nor `production` nor `test`, `true` if stderr is a terminal.
   */
  readonly development?: boolean;
  readonly limits?: Limits;
}

/** Bounds of what a box does. */
export interface Limits {
  /** Longest string that leaves, in UTF-16 units. Default 4096. */
  readonly stringLength?: number;
  /** How deep emits within emits (in processors, in sinks) may go. Default 8. */
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
