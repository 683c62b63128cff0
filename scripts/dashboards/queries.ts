import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery } from '@grafana/grafana-foundation-sdk/prometheus';

/** As the provisioned data sources are called. */
export const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };
export const LOKI = { type: 'loki', uid: 'loki' };
export const JAEGER = { type: 'jaeger', uid: 'jaeger' };

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

/** A search of Jaeger's, as its form has it. */
export interface Search {
  readonly service: string;
  /** Default: spans of any name. */
  readonly operation?: string;
  /** `key="value"`, all of which have to hold. */
  readonly tags: readonly string[];
}

/** The SDK has no builder for Jaeger. */
export function search({ service, operation, tags }: Search, refId: string): Builder<Dataquery> {
  const query = {
    refId,
    datasource: JAEGER,
    queryType: 'search',
    service,
    ...(operation === undefined ? {} : { operation }),
    tags: tags.join(' '),
    limit: 20,
  };
  return { build: () => query as unknown as Dataquery };
}
