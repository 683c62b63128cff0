import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** How many series Prometheus makes of what was exported, by instrument: a histogram's point is one for each bucket, the sum and the count. */
export function seriesOf({ scopeMetrics }: ResourceMetrics): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { metrics } of scopeMetrics)
    for (const { descriptor, dataPoints } of metrics) {
      let series = 0;
      for (const { value } of dataPoints) series += bucketsIn(value) + (bucketsIn(value) > 0 ? 2 : 1);
      counts.set(descriptor.name, (counts.get(descriptor.name) ?? 0) + series);
    }
  return counts;
}

function bucketsIn(value: unknown): number {
  const { buckets } = value as { readonly buckets?: { readonly counts: readonly number[] } };
  return buckets?.counts.length ?? 0;
}
