export type { ResourceLike } from '../delivery/destination.js';
export type { BatchOptions } from './batch-options.js';
export { type ExportersOptions, exporters } from './exporters.js';
export type { LogExporterLike, MetricExporterLike, SpanExporterLike, SpanLike } from './like.js';
export type { LogRecordProcessorLike } from './log-router.js';
export type { MetricReaderLike } from './metric-reader.js';
export type { ViewAggregation, ViewLike } from './metrics/view.js';
export { type AddedOptions, type NodeSdkOptions, nodeSdk } from './node-sdk.js';
export { type SpanProcessorLike, spanProcessor } from './span-processor.js';
