import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery } from '@grafana/grafana-foundation-sdk/prometheus';

/** As the provisioned data sources are called. */
export const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };
export const LOKI = { type: 'loki', uid: 'loki' };
export const JAEGER = { type: 'jaeger', uid: 'jaeger' };

/** What the variables of a dashboard choose. Other libraries use `messaging.process.duration` too: the engine tells ours apart. */
const CHOSEN =
  'service_name=~"$service",messaging_system_name=~"$engine",messaging_destination_name=~"$queue"';
export const QUEUE = `{${CHOSEN}}`;

/** Labels of the chosen queues and job types; a queue without types has none. */
export function jobs(...more: readonly string[]): string {
  return `{${[CHOSEN, 'job_type=~"$job_type"', ...more].join(',')}}`;
}

/** Labels of the chosen queues. */
export function queues(...more: readonly string[]): string {
  return `{${[CHOSEN, ...more].join(',')}}`;
}

/** One query of a panel. `{{ label }}` in the legend. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export function range({ expr, legend }: Query, refId: string): PrometheusQuery {
  return new PrometheusQuery().refId(refId).datasource(PROMETHEUS).expr(expr).legendFormat(legend).range();
}

export function instant({ expr, legend }: Query, refId: string): PrometheusQuery {
  return new PrometheusQuery().refId(refId).datasource(PROMETHEUS).expr(expr).legendFormat(legend).instant();
}

export function records(expr: string, refId: string): LokiQuery {
  return new LokiQuery().refId(refId).datasource(LOKI).expr(expr).queryType('range');
}

/** A percentile of a histogram in seconds. */
export function quantile(q: number, metric: string, labels: string, ...by: readonly string[]): string {
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket${labels}[$__rate_interval])))`;
}

export function perSecond(metric: string, labels: string, ...by: readonly string[]): string {
  return `sum by (${by.join(', ')}) (rate(${metric}${labels}[$__rate_interval]))`;
}
