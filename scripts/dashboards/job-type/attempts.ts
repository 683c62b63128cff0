import type { Row } from '../dashboard.js';
import { graph } from '../panels.js';
import { oneJobType, oneQueue, perSecond, quantile } from '../promql.js';

const RUN = 'messaging_process_duration_seconds';
const WAIT = 'job_wait_duration_seconds';

/** The same attempts as the collector counts them by their spans; a deferred start is a span and no attempt. */
const SPANS = oneQueue('span_name="$attempt"', 'job_attempt_outcome!="deferred"');

/** How long attempts run and wait, and how they end. */
export function attempts(): Row {
  return {
    title: 'Run time, wait, failures',
    panels: [
      graph(
        {
          title: 'Run time of attempts',
          description:
            'Percentiles of messaging.process.duration. A dot is one attempt: click it for its trace. The dots come from the spans, whose own 95th percentile lies beside ours unless spans are sampled.',
          unit: 's',
          width: 12,
          queries: [
            { expr: quantile(0.5, RUN, oneJobType()), legend: 'p50' },
            { expr: quantile(0.95, RUN, oneJobType()), legend: 'p95' },
            { expr: quantile(0.99, RUN, oneJobType()), legend: 'p99' },
          ],
        },
        {
          exemplarsOf: {
            expr: quantile(0.95, 'traces_span_metrics_duration_seconds', SPANS),
            legend: 'p95 of the spans',
          },
        },
      ),
      graph({
        title: 'Run time of good and failed attempts',
        description: '95th percentile, by what went wrong. The line without a name is of good attempts.',
        unit: 's',
        width: 12,
        queries: [{ expr: quantile(0.95, RUN, oneJobType(), 'error_type'), legend: 'p95 {{error_type}}' }],
      }),
      graph({
        title: 'Wait for a worker',
        description: 'From when an attempt could have run to when it began.',
        unit: 's',
        width: 12,
        queries: [
          { expr: quantile(0.5, WAIT, oneJobType()), legend: 'p50' },
          { expr: quantile(0.95, WAIT, oneJobType()), legend: 'p95' },
        ],
      }),
      graph(
        {
          title: 'Attempts by outcome',
          description: 'Good attempts, and the others by what went wrong.',
          unit: 'cps',
          width: 12,
          queries: [
            {
              expr: `sum(rate(${RUN}_count${oneJobType('error_type=""')}[$__rate_interval]))`,
              legend: 'good',
            },
            {
              expr: perSecond(`${RUN}_count`, oneJobType('error_type!=""'), 'error_type'),
              legend: '{{error_type}}',
            },
          ],
        },
        { stacked: true },
      ),
    ],
  };
}
