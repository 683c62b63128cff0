import type { Row } from '../dashboard.js';
import { graph } from '../panels.js';
import { slowest } from '../promql.js';
import { TYPE_LEGEND, toJobType } from './job-type-link.js';

/** How long jobs wait and run. */
export function durations(): Row {
  return {
    title: 'Waiting and running',
    panels: [
      graph(
        {
          title: 'Wait, 95th percentile',
          description:
            'From when an attempt could have run to when it began, without delays that were asked for: the 50 slowest job types. Click for one.',
          unit: 's',
          width: 8,
          queries: [
            {
              expr: slowest('job_wait_duration_seconds'),
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
      graph(
        {
          title: 'Run time, 95th percentile',
          description: 'How long attempts ran: the 50 slowest job types. Click for one.',
          unit: 's',
          width: 8,
          queries: [
            {
              expr: slowest('messaging_process_duration_seconds'),
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
      graph(
        {
          title: 'Turnaround, 95th percentile',
          description:
            'From when a job could first have run to its end, retries and all: what a user waits. The 50 slowest job types; click for one.',
          unit: 's',
          width: 8,
          queries: [
            {
              expr: slowest('job_turnaround_duration_seconds'),
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
    ],
  };
}
