/** What of a run is worth a look. */
export interface Sights {
  readonly service: string;
  /** The service of the workers, where that is another. */
  readonly workers?: string | undefined;
  /** Trace ids; undefined where there was no such job. */
  readonly retried: string | undefined;
  readonly abandoned: string | undefined;
}

interface Backend {
  /** The environment variable that has its address, and the address where there is none. */
  readonly variable: string;
  readonly usual: string;
  /** Answers once it is there. */
  readonly probe: string;
}

const BACKENDS = {
  jaeger: { variable: 'JAEGER_URL', usual: 'http://localhost:16686', probe: '/api/services' },
  grafana: { variable: 'GRAFANA_URL', usual: 'http://localhost:3000', probe: '/api/health' },
  prometheus: { variable: 'PROMETHEUS_URL', usual: 'http://localhost:9090', probe: '/-/ready' },
  loki: { variable: 'LOKI_URL', usual: 'http://localhost:3100', probe: '/ready' },
} as const satisfies Record<string, Backend>;

const PROBE_MILLIS = 300;
const OVERVIEW = 'signalbox-jobs';

/** Links into the backends that answer, a line each; none where nothing answers. Takes a third of a second at most. */
export async function linksInto(
  sights: Sights,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const [jaeger, grafana, prometheus, loki] = await Promise.all([
    addressOf(BACKENDS.jaeger, environment),
    addressOf(BACKENDS.grafana, environment),
    addressOf(BACKENDS.prometheus, environment),
    addressOf(BACKENDS.loki, environment),
  ]);
  // Jobs end where they are done.
  const { service, workers = service } = sights;
  const services = [...new Set([service, workers])].map((name) => `var-service=${name}`).join('&');
  const links: [string, string | undefined][] = [
    ['a retried job', jaeger && traceOf(jaeger, sights.retried)],
    ['an abandoned job', jaeger && traceOf(jaeger, sights.abandoned)],
    ['the dashboard', grafana && `${grafana}/d/${OVERVIEW}?${services}`],
    ['abandoned jobs, their records', recordsAt(grafana, loki, workers)],
    ['jobs by outcome', grafana ? undefined : prometheus && graphAt(prometheus, workers)],
  ];
  return links.flatMap(([what, url]) => (url === undefined ? [] : [`${what}: ${url}`]));
}

async function addressOf(
  { variable, usual, probe }: Backend,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const address = (environment[variable] || usual).replace(/\/$/, '');
  try {
    const response = await fetch(address + probe, { signal: AbortSignal.timeout(PROBE_MILLIS) });
    await response.body?.cancel();
    return response.ok ? address : undefined;
  } catch {
    return undefined;
  }
}

function traceOf(jaeger: string, trace: string | undefined): string | undefined {
  return trace === undefined ? undefined : `${jaeger}/trace/${trace}`;
}

/** Grafana's Explore where there is a Grafana, else what Loki itself answers. */
function recordsAt(
  grafana: string | undefined,
  loki: string | undefined,
  service: string,
): string | undefined {
  const expr = `{service_name="${service}"} | event_name="job.abandoned"`;
  if (grafana !== undefined) {
    const pane = {
      datasource: 'loki',
      queries: [{ refId: 'A', datasource: { type: 'loki', uid: 'loki' }, expr }],
      range: { from: 'now-1h', to: 'now' },
    };
    return `${grafana}/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify({ a: pane }))}`;
  }
  return loki && `${loki}/loki/api/v1/query_range?query=${encodeURIComponent(expr)}`;
}

function graphAt(prometheus: string, service: string): string {
  const expr = `sum by (job_outcome) (job_ended_total{service_name="${service}"})`;
  return `${prometheus}/graph?g0.expr=${encodeURIComponent(expr)}&g0.tab=0&g0.range_input=15m`;
}
