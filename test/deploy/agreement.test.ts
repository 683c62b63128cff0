import { describe, expect, it } from 'vitest';
import { secondBuckets } from '../../src/signal/metric.js';
import { provisionedLinks, queryOfTrace } from '../e2e/docs/provisioned-links.js';
import { indexLabels } from '../e2e/loki/index-labels.js';
import { versions } from '../e2e/programs/versions.js';
import { readComposeFile } from '../e2e/stack/compose-file.js';
import { environmentOf, reservePorts } from '../e2e/stack/native-ports.js';
import { defaultOf, filesUnder, portOf, text, yaml } from './files.js';

const compose = await readComposeFile();
const collector = text('otel-collector.yaml');
const jaeger = text('deploy/jaeger/config.yaml');
const loki = text('deploy/loki/config.yaml');

function flag(name: string): string | undefined {
  const start = `--${name}=`;
  const command = compose.services.prometheus?.command ?? [];
  return command.find((argument) => argument.startsWith(start))?.slice(start.length);
}

/** Where each service listens inside of the compose network, by its own file. */
const listens = {
  jaeger: {
    otlp: portOf(defaultOf(jaeger, 'OTLP_HTTP_LISTEN')),
    query: portOf(defaultOf(jaeger, 'QUERY_HTTP_LISTEN')),
    health: portOf(defaultOf(jaeger, 'HEALTH_LISTEN')),
  },
  prometheus: { http: portOf(flag('web.listen-address')) },
  loki: { http: Number(defaultOf(loki, 'LOKI_HTTP_PORT')) },
  collector: {
    http: portOf(defaultOf(collector, 'OTLP_HTTP_LISTEN')),
    grpc: portOf(defaultOf(collector, 'OTLP_GRPC_LISTEN')),
    health: portOf(defaultOf(collector, 'HEALTH_LISTEN')),
  },
};

function publishedBy(service: string): number[] {
  return (compose.services[service]?.ports ?? []).map(portOf);
}

function healthUrl(service: string): string {
  const last = compose.services[service]?.healthcheck?.test.at(-1) ?? '';
  return last.replace('-health.url=', '');
}

describe('the collector’s defaults', () => {
  it('lead to the services of docker-compose.yml, on the ports where those listen', () => {
    expect(defaultOf(collector, 'JAEGER_ENDPOINT')).toBe(`http://jaeger:${listens.jaeger.otlp}`);
    expect(defaultOf(collector, 'PROMETHEUS_ENDPOINT')).toBe(`http://prometheus:${listens.prometheus.http}`);
    expect(defaultOf(collector, 'LOKI_ENDPOINT')).toBe(`http://loki:${listens.loki.http}`);
    for (const name of ['jaeger', 'prometheus', 'loki']) expect(compose.services).toHaveProperty(name);
  });

  it('keep the queue in the mounted volume', () => {
    const mount = compose.services.collector?.volumes?.find((volume) =>
      volume.startsWith('collector-queue:'),
    );

    expect(defaultOf(collector, 'QUEUE_DIRECTORY')?.startsWith(`${mount?.split(':')[1]}/`)).toBe(true);
  });
});

describe('docker-compose.yml', () => {
  it('publishes ports where something listens', () => {
    expect(publishedBy('collector').sort()).toEqual(Object.values(listens.collector).sort());
    expect(publishedBy('jaeger')).toEqual([listens.jaeger.query]);
    expect(publishedBy('prometheus')).toEqual([listens.prometheus.http]);
    expect(publishedBy('loki')).toEqual([listens.loki.http]);
    expect(publishedBy('grafana')).toEqual([portOf(healthUrl('grafana'))]);
  });

  it('asks for health where health is told', () => {
    expect(healthUrl('collector-health')).toBe(`http://collector:${listens.collector.health}/`);
    expect(healthUrl('jaeger')).toBe(`http://127.0.0.1:${listens.jaeger.health}/status`);
    expect(healthUrl('prometheus')).toBe(`http://127.0.0.1:${listens.prometheus.http}/-/ready`);
    expect(healthUrl('loki')).toBe(`http://127.0.0.1:${listens.loki.http}/ready`);
  });

  it('gives the backends’ data to their volumes', () => {
    const target = (service: string): string | undefined =>
      compose.services[service]?.volumes?.find((volume) => !volume.startsWith('.'))?.split(':')[1];

    expect(defaultOf(jaeger, 'BADGER_DIRECTORY')).toBe(target('jaeger'));
    expect(defaultOf(loki, 'LOKI_DATA')).toBe(target('loki'));
    expect(flag('storage.tsdb.path')).toBe(target('prometheus'));
  });

  it('puts the configuration of Jaeger’s pages where Jaeger looks for it', () => {
    const mount = compose.services.jaeger?.volumes?.find((volume) => volume.startsWith('./deploy/jaeger/ui'));

    expect(mount).toBe(`./deploy/jaeger/ui.json:${defaultOf(jaeger, 'UI_CONFIG')}:ro`);
  });

  it('sends the example’s telemetry to the collector', () => {
    expect(compose.services.example?.command).toContain(`http://collector:${listens.collector.http}`);
  });

  it('has Prometheus take OTLP and keep exemplars', () => {
    expect(compose.services.prometheus?.command).toEqual(
      expect.arrayContaining(['--web.enable-otlp-receiver', '--enable-feature=exemplar-storage']),
    );
  });
});

describe('the native stack', () => {
  it('has at Loki’s address what the collector sends log records to, at the path that Loki has', async () => {
    const ports = await reservePorts();
    const { LOKI_ENDPOINT: sent } = environmentOf('collector', ports, '/tmp');

    expect(sent).toBe(`http://${environmentOf('loki', ports, '/tmp').LISTEN}`);
    expect(collector).toMatch(/logs_endpoint: \$\{env:LOKI_ENDPOINT:-[^}]+\}\/otlp\/v1\/logs$/m);
  });

  it('gives every address and folder that the files take from the environment', async () => {
    const ports = await reservePorts();
    const files = { collector, jaeger, prometheus: '' };
    for (const name of ['collector', 'jaeger', 'prometheus'] as const) {
      const asked = new Set(
        [...files[name].matchAll(/\$\{(?:env:)?([A-Z_]+)(?::-[^}]*)?\}/g)].map((match) => match[1]),
      );
      expect(Object.keys(environmentOf(name, ports, '/tmp')).sort(), name).toEqual([...asked].sort());
    }
  });
});

interface DataSource {
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly editable: boolean;
  readonly jsonData: {
    readonly prometheusVersion?: string;
    readonly exemplarTraceIdDestinations?: readonly { readonly datasourceUid: string }[];
    readonly tracesToLogsV2?: { readonly datasourceUid: string };
    readonly tracesToMetrics?: { readonly datasourceUid: string };
    readonly derivedFields?: readonly { readonly datasourceUid: string }[];
  };
}

describe('Grafana’s data sources', () => {
  const { datasources } = yaml<{ datasources: DataSource[] }>(
    'deploy/grafana/provisioning/datasources/datasources.yml',
  );
  const byUid = new Map(datasources.map((source) => [source.uid, source]));

  it('are Prometheus, Jaeger and Loki of docker-compose.yml, under the uids that dashboards name', () => {
    expect(datasources.map(({ uid, type, url }) => ({ uid, type, url }))).toEqual([
      { uid: 'prometheus', type: 'prometheus', url: `http://prometheus:${listens.prometheus.http}` },
      { uid: 'jaeger', type: 'jaeger', url: `http://jaeger:${listens.jaeger.query}` },
      { uid: 'loki', type: 'loki', url: `http://loki:${listens.loki.http}` },
    ]);
    expect(byUid.get('prometheus')?.jsonData.prometheusVersion).toBe(versions.prometheus.release);
  });

  it('lead to each other: exemplar to trace, trace to logs and metrics, log to trace', () => {
    expect(byUid.get('prometheus')?.jsonData.exemplarTraceIdDestinations?.[0]?.datasourceUid).toBe('jaeger');
    expect(byUid.get('jaeger')?.jsonData.tracesToLogsV2?.datasourceUid).toBe('loki');
    expect(byUid.get('jaeger')?.jsonData.tracesToMetrics?.datasourceUid).toBe('prometheus');
    expect(byUid.get('loki')?.jsonData.derivedFields?.[0]?.datasourceUid).toBe('jaeger');
  });

  it('find the records of a trace by what Jaeger tells of it: its id', () => {
    // Jaeger has the service beside the tags, so these name no stream.
    const filled = provisionedLinks().toRecords.map((query) => queryOfTrace(query, 'abc'));

    expect(filled).toEqual(['{service_name=~".+"} | trace_id="abc"']);
  });

  it('are no more than a first choice of the dashboards, which name none', () => {
    const dashboards = filesUnder('deploy/grafana/dashboards').filter((file) => file.endsWith('.json'));
    const named = dashboards.flatMap((file) => uidsIn(JSON.parse(text(file))));

    expect(dashboards.length).toBeGreaterThan(0);
    expect([...new Set(named)].filter((uid) => !uid.startsWith('$'))).toEqual([]);
  });

  it('are provided with dashboards from the folder that is mounted', () => {
    const { providers } = yaml<{ providers: { options: { path: string } }[] }>(
      'deploy/grafana/provisioning/dashboards/dashboards.yml',
    );
    const targets = (compose.services.grafana?.volumes ?? []).map((volume) => volume.split(':')[1]);

    for (const { options } of providers) expect(targets).toContain(options.path);
  });
});

/** The uids under every `datasource` of a dashboard. */
function uidsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = key === 'datasource' && isSource(inner) ? [inner.uid] : [];
    return [...own, ...uidsIn(inner)];
  });
}

function isSource(value: unknown): value is { uid: string } {
  return typeof value === 'object' && value !== null && 'uid' in value && typeof value.uid === 'string';
}

describe('resource attributes', () => {
  const prometheus = yaml<{ otlp: { promote_resource_attributes: string[] } }>(
    'deploy/prometheus/prometheus.yml',
  );

  it('that tell instances apart are labels in Prometheus', () => {
    expect(prometheus.otlp.promote_resource_attributes).toEqual([
      'service.name',
      'service.instance.id',
      'deployment.environment.name',
    ]);
  });

  it('that are bounded are labels in Loki, under the same names as in Prometheus', () => {
    expect(indexLabels).not.toContain('service.instance.id');
    expect(indexLabels).toEqual(expect.arrayContaining(['service.name', 'deployment.environment.name']));
  });
});

interface CollectorFile {
  readonly processors: Readonly<Record<string, unknown>>;
  readonly connectors: {
    readonly span_metrics: {
      readonly histogram: { readonly unit: string; readonly explicit: { readonly buckets: string[] } };
      readonly exemplars: { readonly enabled: boolean };
      readonly dimensions: readonly { readonly name: string }[];
    };
  };
  readonly exporters: Readonly<
    Record<
      string,
      {
        readonly sending_queue: { readonly storage: string };
        readonly retry_on_failure: { readonly max_elapsed_time: number };
      }
    >
  >;
}

describe('otel-collector.yaml', () => {
  const { processors, connectors, exporters } = yaml<CollectorFile>('otel-collector.yaml');

  it('makes span metrics with the buckets of messaging.process.duration', () => {
    const { unit, explicit } = connectors.span_metrics.histogram;

    expect(unit).toBe('s');
    expect(explicit.buckets.map(seconds)).toEqual(secondBuckets);
    expect(connectors.span_metrics.exemplars.enabled).toBe(true);
  });

  it('makes no label of what is unbounded', () => {
    const names = connectors.span_metrics.dimensions.map(({ name }) => name);

    for (const unbounded of ['job.id', 'job.type', 'messaging.message.id', 'worker.id'])
      expect(names).not.toContain(unbounded);
  });

  it('holds nothing in memory that was answered with success', () => {
    expect(Object.keys(processors).filter((name) => name.startsWith('batch'))).toEqual([]);
    for (const { sending_queue, retry_on_failure } of Object.values(exporters)) {
      expect(sending_queue.storage).toBe('file_storage/queue');
      expect(retry_on_failure.max_elapsed_time).toBe(0);
    }
  });
});

function seconds(duration: string): number {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(duration) ?? [];
  return unit === 'ms' ? Number(number) / 1000 : Number(number);
}
