import type { Destination } from '../delivery/destination.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import type { RedactText } from '../emission/redact-text.js';
import type { RedactValue } from '../emission/redact-value.js';
import type { Route } from '../routing/route.js';
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
  /** The signals of the app, declared up front: then a route's pattern that matches none of them throws. */
  readonly signals?: readonly AnySignal[];
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
  signals: true,
  spanEvents: true,
  counters: true,
  eventNameAttribute: true,
  propagation: true,
  redact: true,
  redactText: true,
  limits: true,
};

export const RENAMED: Renamed = { default: 'otherTelemetry', redactError: 'redactText' };

export const LIMITS: OptionNames<Limits> = { stringLength: true, emitDepth: true };
