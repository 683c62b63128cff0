import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery } from '@grafana/grafana-foundation-sdk/prometheus';

/** A variable each, so that a dashboard finds the data sources of any Grafana. */
export const PROMETHEUS = { type: 'prometheus', uid: '$metrics' };
export const LOKI = { type: 'loki', uid: '$logs' };
export const JAEGER = { type: 'jaeger', uid: '$traces' };

/** As often as an app exports its metrics that says nothing else. A rate over a shorter window would see one sample, and be nothing. */
const EXPORT_INTERVAL = '1m';

/** One query of a panel. `{{ label }}` in the legend. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export function range(query: Query, refId: string): PrometheusQuery {
  return ofPrometheus(query, refId).range();
}

export function instant(query: Query, refId: string): PrometheusQuery {
  return ofPrometheus(query, refId).instant();
}

function ofPrometheus({ expr, legend }: Query, refId: string): PrometheusQuery {
  return new PrometheusQuery()
    .refId(refId)
    .datasource(PROMETHEUS)
    .expr(expr)
    .legendFormat(legend)
    .interval(EXPORT_INTERVAL);
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
