import type { ReceivedSeries } from '../../support/otlp-model.js';
import { ask } from './ask.js';
import { attributesFrom } from './keys.js';
import { metricCalled } from './metric-names.js';
import type { RunKey } from './run.js';

/** What `GET /api/v1/query` answers for an instant vector, as far as it is read. */
export interface PrometheusAnswer {
  status: string;
  data: { resultType: string; result: PrometheusSample[] };
}

export interface PrometheusSample {
  metric: Record<string, string>;
  /** Epoch seconds, and the value. */
  value: [number, string];
}

/** What Prometheus makes of the resource, and what is no attribute. */
const OF_THE_RESOURCE: ReadonlySet<string> = new Set([
  '__name__',
  'le',
  'job',
  'instance',
  'service_name',
  'service_instance_id',
  'deployment_environment_name',
]);

/** The last sample of every series of one process, however long ago it came; not of what the collector made of its spans. */
export async function askPrometheus(url: string, run: RunKey): Promise<PrometheusSample[]> {
  const { service, instance } = run;
  const own = `service_name="${service}",service_instance_id="${instance}",__name__!~"traces_span_metrics_.+"`;
  return queryPrometheus(url, `last_over_time({${own}}[6h])`);
}

/** An instant query. */
export async function queryPrometheus(url: string, query: string): Promise<PrometheusSample[]> {
  const answer = await ask<PrometheusAnswer>(`${url}/api/v1/query`, { query });
  return answer.data.result;
}

/**
 * The series as they were sent: the parts of a histogram are put together again. Their scope is not told; their unit is what the name
 * stands for in the contract, so that a metric of another unit or name is not the metric that is looked for.
 */
export function readPrometheus(samples: readonly PrometheusSample[]): ReceivedSeries[] {
  const series = new Map<string, ReceivedSeries & { bounds: number[] }>();
  for (const { metric: labels, value } of samples) {
    const name = labels.__name__ ?? '';
    if (name === 'target_info') continue;
    const part = /_(bucket|count|sum)$/.exec(name);
    const whole = part === null ? undefined : metricCalled(name.slice(0, part.index));
    const known = whole?.kind === 'histogram' ? whole : metricCalled(name);
    const own = Object.entries(labels).filter(([label]) => !OF_THE_RESOURCE.has(label));
    const metric = known?.metric ?? name;
    const key = JSON.stringify([metric, labels.service_name, own.sort()]);
    const one = series.get(key) ?? {
      metric,
      unit: known?.unit,
      kind: known?.kind ?? 'gauge',
      monotonic: known?.monotonic,
      attributes: attributesFrom(own),
      time: String(BigInt(Math.round(value[0] * 1000)) * 1_000_000n),
      value: 0,
      count: 0,
      sum: 0,
      bounds: [],
      scope: undefined,
      service: labels.service_name,
    };
    series.set(key, one);
    const number = Number(value[1]);
    if (known?.kind !== 'histogram') one.value = number;
    else if (part?.[1] === 'count') one.count = number;
    else if (part?.[1] === 'sum') one.sum = number;
    else if (labels.le !== '+Inf') one.bounds.push(Number(labels.le));
  }
  for (const { bounds } of series.values()) bounds.sort((a, b) => a - b);
  return [...series.values()];
}
