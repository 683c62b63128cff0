/** The environment of an app that sends everything by OTLP to the recorder, and looks for no cloud that it may run in. */
export const OTLP = {
  OTEL_SERVICE_NAME: 'shop',
  OTEL_EXPORTER_OTLP_ENDPOINT: '{url}',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_NODE_RESOURCE_DETECTORS: 'env',
} as const;
