import { ask } from '../read/ask.js';
import type { JaegerAnswer } from '../read/jaeger.js';
import type { Backends } from '../read/received.js';
import type { JaegerQuery, PanelQuery, PrometheusQuery } from './panel-query.js';
import { fillIn, tagsOf } from './panel-query.js';
import type { Values } from './variable.js';

const WINDOW_SECONDS = 300;
const STEP_SECONDS = 5;
/** What a process that has ended once said does not count for long. */
const LOOKBACK = '10s';

interface Matrix {
  readonly data: { readonly result: { values?: [number, string][]; value?: [number, string] }[] };
}

/** Whether a query of a panel finds anything: of one that asks for examples, those too. */
export async function panelFinds(backends: Backends, query: PanelQuery, values: Values): Promise<boolean> {
  switch (query.source) {
    case 'loki':
      return lokiFinds(backends, fillIn(query.expr, values));
    case 'jaeger':
      return jaegerFinds(backends, query, values);
    case 'prometheus': {
      const expr = fillIn(query.expr, values);
      return (
        (await prometheusFinds(backends, query, expr)) &&
        (!query.exemplars || (await exemplarsFound(backends, expr)))
      );
    }
  }
}

async function prometheusFinds(
  { prometheus }: Backends,
  { instant }: PrometheusQuery,
  query: string,
): Promise<boolean> {
  if (instant) return hasNumber(await ask<Matrix>(`${prometheus}/api/v1/query`, { query }));
  const step = String(STEP_SECONDS);
  return hasNumber(await ask<Matrix>(`${prometheus}/api/v1/query_range`, { query, ...seconds(), step }));
}

/** The dots on a graph, each with the trace that it leads to. */
async function exemplarsFound({ prometheus }: Backends, query: string): Promise<boolean> {
  const { data } = await ask<{ data: { exemplars: { labels: { trace_id?: string } }[] }[] }>(
    `${prometheus}/api/v1/query_exemplars`,
    { query, ...seconds() },
  );
  return data.some(({ exemplars }) => exemplars.some(({ labels }) => labels.trace_id !== undefined));
}

async function lokiFinds({ loki }: Backends, query: string): Promise<boolean> {
  const { start, end } = seconds();
  const nanos = { start: `${Math.floor(Number(start))}000000000`, end: `${Math.ceil(Number(end))}000000000` };
  return hasNumber(await ask<Matrix>(`${loki}/loki/api/v1/query_range`, { query, ...nanos }));
}

async function jaegerFinds(
  { jaeger }: Backends,
  { service, operation, tags }: JaegerQuery,
  values: Values,
): Promise<boolean> {
  const { start, end } = seconds();
  const filled = { service: fillIn(service, values), operation: fillIn(operation, values) };
  // Grafana asks nothing before it knows the service.
  if (filled.service === '') return false;
  const { data } = await ask<JaegerAnswer>(`${jaeger}/api/traces`, {
    service: filled.service,
    ...(filled.operation === '' ? {} : { operation: filled.operation }),
    tags: JSON.stringify(tagsOf(fillIn(tags, values))),
    start: String(Math.floor(Number(start) * 1e6)),
    end: String(Math.ceil(Number(end) * 1e6)),
    limit: '20',
  });
  return data.length > 0;
}

/** Whether an alert would be pending now. */
export async function alertFinds({ prometheus }: Backends, expr: string): Promise<boolean> {
  const search = { query: expr, lookback_delta: LOOKBACK };
  return hasNumber(await ask<Matrix>(`${prometheus}/api/v1/query`, search));
}

function seconds(): { start: string; end: string } {
  const now = Date.now() / 1000;
  return { start: String(now - WINDOW_SECONDS), end: String(now) };
}

function hasNumber({ data }: Matrix): boolean {
  return data.result.some(({ values, value }) =>
    [...(values ?? []), ...(value ? [value] : [])].some(([, text]) => text !== 'NaN'),
  );
}
