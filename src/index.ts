export type { Destination } from './delivery/destination.js';
export type { Channel, Counts } from './delivery/ledger.js';
export { nowhere } from './delivery/nowhere.js';
export type { SinkCall, SinkFunction, SinkResult } from './delivery/sink.js';
export type { Description } from './describe.js';
export type { Emission, EmissionError, Leaving, LeavingValues } from './emission/emission.js';
export type { RedactError } from './emission/error.js';
export type { EmitOptions } from './emit-options.js';
export type { ExitHandlerOptions } from './exit-handlers.js';
export * as field from './field.js';
export type { ShutdownReport } from './lifecycle.js';
export type { SignalboxOptions } from './options.js';
export { type Route, type RouteChannel, type Selector, type When, when } from './routing/route.js';
export type { Field, Fields, Kind, OptionalField, ShownValues, Values } from './signal/field.js';
export type { LevelFields } from './signal/level.js';
export type { MetricDefinition } from './signal/metric.js';
export { SignalboxError } from './signal/problem.js';
export type { Severity } from './signal/severity.js';
export {
  type AnySignal,
  defineSignal,
  type MessageValues,
  type Signal,
  type SignalOptions,
} from './signal/signal.js';
export { createSignalbox, type EmitArguments, type NoFields, type Signalbox } from './signalbox.js';
export type { DestinationStats, Stats } from './stats.js';
export { type BridgeProcessor, spanEventBridge } from './telemetry/bridge.js';
export type { Instrumentation } from './telemetry/instrumentation.js';
