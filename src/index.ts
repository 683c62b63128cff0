export type { BoundBox, EmitArguments } from './box/bound-box.js';
export { createSignalbox } from './box/create-signalbox.js';
export type { DeadlineOptions } from './box/deadline-options.js';
export type { Description } from './box/describe.js';
export type { DurableOutcome } from './box/durable-outcome.js';
export type { DurableEmitOptions } from './box/emit-durably.js';
export type { EmitOptions } from './box/emit-options.js';
export type { ExitHandlerOptions } from './box/exit-handlers.js';
export type { SignalboxOptions } from './box/options.js';
export type { ShutdownReport } from './box/shutdown-report.js';
export type { Signalbox } from './box/signalbox.js';
export type { DestinationStats, Stats } from './box/stats.js';
export type { Channel, Counts } from './delivery/account.js';
export type { Destination } from './delivery/destination.js';
export { nowhere } from './delivery/nowhere.js';
export type { SinkCall, SinkFunction, SinkResult } from './delivery/sink-function.js';
export type { Emission, EmissionError, Leaving, LeavingValues } from './emission/emission.js';
export type { RedactText } from './emission/redact-text.js';
export type { RedactValue } from './emission/redact-value.js';
export {
  type Route,
  type RouteChannel,
  type Selector,
  type When,
  when,
} from './routing/route.js';
export type { RouteData } from './routing/route-data.js';
export { type BoundFields, type BoundOptions, type BoundValues, bound } from './signal/bound-fields.js';
export type {
  Field,
  Fields,
  Kind,
  NoFields,
  OptionalField,
  RedactionPolicy,
  Sensitive,
  ShownValues,
  Values,
} from './signal/field.js';
export * as field from './signal/fields.js';
export type { LevelFields, LevelMethod } from './signal/level.js';
export type { Level, LevelRules } from './signal/level-rules.js';
export type { MetricDefinition } from './signal/metric.js';
export type { Severity } from './signal/severity.js';
export {
  type AnySignal,
  defineSignal,
  type MessageValues,
  type Signal,
  type SignalOptions,
} from './signal/signal.js';
export { SignalboxError } from './signal/signalbox-error.js';
export type { Instrumentation } from './telemetry/instrumentation.js';
export { type BridgeProcessor, spanEventBridge } from './telemetry/span-event-bridge.js';
