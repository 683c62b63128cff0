import { didYouMean } from '../../signal/did-you-mean.js';
import { shown } from '../../signal/signalbox-error.js';
import { Misuse } from '../command.js';

/** The protocols of exporters, with the names of OTEL_EXPORTER_OTLP_PROTOCOL. */
export type Protocol = 'http/protobuf' | 'http/json' | 'grpc';

const PROTOCOLS: readonly Protocol[] = ['http/protobuf', 'http/json', 'grpc'];

/** The default ports of receivers. */
export const PORTS = { http: '4318', grpc: '4317' } as const;

/** The kinds of telemetry, by their names in OTLP/HTTP paths, with their OTLP/gRPC services. */
export const KINDS = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
} as const;

export type Kind = keyof typeof KINDS;

/** Reads a protocol. Throws a {@link Misuse} if it is unknown. */
export function protocolOf(given: string, from: string): Protocol {
  const found = PROTOCOLS.find((protocol) => protocol === given);
  if (found) return found;
  throw new Misuse(`${from} is ${shown(given)}.${didYouMean(given, PROTOCOLS)} Use ${PROTOCOLS.join(', ')}.`);
}

/** The content type of requests over HTTP. */
export function typeOf(protocol: Protocol): 'application/json' | 'application/x-protobuf' {
  return protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
}
