import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { ResourceLike } from '../delivery/destination.js';
import type { ViewAggregation } from './metrics/view.js';

/**
 * The parts of the OpenTelemetry SDK that we take and give, as both lines (2.x and 3.x) have them. Structural, so that exporters and
 * providers of either line, or of the user's own, fit without an SDK of ours.
 */
export interface ExportResultLike {
  /** 0 is success. */
  readonly code: number;
  readonly error?: Error;
}

export type ExportCallback = (result: ExportResultLike) => void;

/** A log record exporter. */
export interface LogExporterLike {
  // Methods, not function properties: exporters of both lines take record types of their own.
  export(records: never[], done: ExportCallback): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** A span exporter. */
export interface SpanExporterLike {
  export(spans: never[], done: ExportCallback): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** A push metric exporter. */
export interface MetricExporterLike {
  export(metrics: never, done: ExportCallback): void;
  shutdown(): Promise<void>;
  forceFlush(): Promise<void>;
  // `never` takes the SDK's enum. The result is 0 (delta) or 1 (cumulative).
  selectAggregationTemporality?(instrumentType: never): number;
  // The aggregation that the SDK uses for the app's own instruments.
  selectAggregation?(instrumentType: never): ViewAggregation;
}

/** A finished span of an SDK, as far as we look into it. */
export interface SpanLike {
  spanContext(): SpanContext;
  readonly resource?: ResourceLike | undefined;
}

/** A log record as exporters take it. */
export interface LogRecordToExport {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly spanContext: SpanContext | undefined;
  readonly severityText: string;
  readonly severityNumber: number;
  readonly body: string;
  readonly eventName: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount: number;
  readonly instrumentationScope: { readonly name: string; readonly version?: string | undefined };
  readonly resource: ResourceLike;
}
