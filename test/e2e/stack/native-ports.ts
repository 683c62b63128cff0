import { join } from 'node:path';
import { repository } from './compose-file.js';
import { freePort } from './ports.js';
import type { ServiceName } from './stack.js';

const kinds = [
  'otlpHttp',
  'otlpGrpc',
  'collectorHealth',
  'jaeger',
  'jaegerGrpc',
  'jaegerOtlp',
  'jaegerHealth',
  'prometheus',
  'loki',
] as const;

/** Every port that one stack listens on. */
export type Ports = Readonly<Record<(typeof kinds)[number], number>>;

export async function reservePorts(): Promise<Ports> {
  const entries: [string, number][] = [];
  for (const kind of kinds) entries.push([kind, await freePort()]);
  return Object.fromEntries(entries) as Ports;
}

/** The variables that the configuration files take their addresses and folders from. */
export function environmentOf(name: ServiceName, ports: Ports, home: string): Record<string, string> {
  const at = (kind: keyof Ports): string => `127.0.0.1:${ports[kind]}`;
  switch (name) {
    case 'collector':
      return {
        OTLP_HTTP_LISTEN: at('otlpHttp'),
        OTLP_GRPC_LISTEN: at('otlpGrpc'),
        HEALTH_LISTEN: at('collectorHealth'),
        JAEGER_ENDPOINT: `http://${at('jaegerOtlp')}`,
        PROMETHEUS_ENDPOINT: `http://${at('prometheus')}`,
        LOKI_ENDPOINT: `http://${at('loki')}`,
        QUEUE_DIRECTORY: join(home, 'queue'),
      };
    case 'jaeger':
      return {
        OTLP_HTTP_LISTEN: at('jaegerOtlp'),
        QUERY_HTTP_LISTEN: at('jaeger'),
        QUERY_GRPC_LISTEN: at('jaegerGrpc'),
        HEALTH_LISTEN: at('jaegerHealth'),
        BADGER_DIRECTORY: join(home, 'badger'),
        UI_CONFIG: join(repository, 'deploy/jaeger/ui.json'),
      };
    case 'prometheus':
      return {};
    case 'loki':
      return { LISTEN: at('loki'), DIRECTORY: home };
  }
}

/** What answers 200 when the service takes data and questions. */
export function readyUrls(name: ServiceName, ports: Ports): string[] {
  const at = (kind: keyof Ports, path: string): string => `http://127.0.0.1:${ports[kind]}${path}`;
  switch (name) {
    case 'collector':
      return [at('collectorHealth', '/')];
    case 'jaeger':
      return [at('jaegerHealth', '/status'), at('jaeger', '/api/services')];
    case 'prometheus':
      return [at('prometheus', '/-/ready')];
    case 'loki':
      return [at('loki', '/ready')];
  }
}
