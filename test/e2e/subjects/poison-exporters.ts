import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcSpans } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonSpans } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoSpans } from '@opentelemetry/exporter-trace-otlp-proto';

/** The three ways of OTLP. */
export const protocols = ['json', 'protobuf', 'grpc'] as const;
export type Protocol = (typeof protocols)[number];

/** OpenTelemetry's own exporters of one protocol. `url` is the base URL, of gRPC too. */
export function exportersOf(protocol: Protocol, url: string) {
  const at = (path: string) => ({ url: `${url}/v1/${path}` });
  switch (protocol) {
    case 'json':
      return {
        logs: new JsonLogs(at('logs')),
        spans: new JsonSpans(at('traces')),
        metrics: new JsonMetrics(at('metrics')),
      };
    case 'protobuf':
      return {
        logs: new ProtoLogs(at('logs')),
        spans: new ProtoSpans(at('traces')),
        metrics: new ProtoMetrics(at('metrics')),
      };
    case 'grpc':
      return {
        logs: new GrpcLogs({ url }),
        spans: new GrpcSpans({ url }),
        metrics: new GrpcMetrics({ url }),
      };
  }
}
