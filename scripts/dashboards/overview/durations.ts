import type { Row } from '../dashboard.js';
import { graph } from '../panels.js';
import { jobs, quantile } from '../promql.js';
import { TYPE_LEGEND, toJobType } from './job-type-link.js';

const BY_TYPE = ['messaging_destination_name', 'queue_namespace', 'job_type'] as const;

/** How long jobs wait and run. */
export function durations(): Row {
  return {
    title: 'Waiting and running',
    panels: [
      graph(
        {
          title: 'Wait, 95th percentile',
          description:
            'From when an attempt could have run to when it began, without delays that were asked for. Click for the job type.',
          unit: 's',
          width: 8,
          queries: [
            {
              expr: quantile(0.95, 'job_wait_duration_seconds', jobs(), ...BY_TYPE),
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
      graph(
        {
          title: 'Run time, 95th percentile',
          description: 'How long attempts ran. Click for the job type.',
          unit: 's',
          width: 8,
          queries: [
            {
              expr: quantile(0.95, 'messaging_process_duration_seconds', jobs(), ...BY_TYPE),
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
      graph({
        title: 'Turnaround, 95th percentile',
        description: 'From when a job could first have run to its end, retries and all: what a user waits.',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: quantile(0.95, 'job_turnaround_duration_seconds', jobs(), 'job_outcome'),
            legend: '{{job_outcome}}',
          },
        ],
      }),
    ],
  };
}
