import type { Row } from '../dashboard.js';
import { graph } from '../panels.js';
import { jobsPerSecond, shareByJobType } from '../promql.js';
import { TYPE_LEGEND, toJobType } from './job-type-link.js';

const BY_TYPE = ['messaging_destination_name', 'queue_namespace', 'job_type'] as const;
const ATTEMPTS = 'messaging_process_duration_seconds_count';

/** What comes in, what ends and how. */
export function flow(): Row {
  return {
    title: 'Throughput and failures',
    panels: [
      graph({
        title: 'Jobs in and out',
        description: 'Accepted, ended and refused jobs. Where more come in than end, the queue grows.',
        unit: 'cps',
        width: 12,
        queries: [
          { expr: jobsPerSecond('job_enqueued_total'), legend: 'accepted' },
          { expr: jobsPerSecond('job_ended_total'), legend: 'ended' },
          { expr: jobsPerSecond('job_rejected_total'), legend: 'refused' },
        ],
      }),
      graph(
        {
          title: 'Ends by reason',
          description: 'How jobs ended: completed, or why they did not.',
          unit: 'cps',
          width: 12,
          queries: [
            {
              expr: jobsPerSecond('job_ended_total', 'job_outcome', 'job_abandon_reason'),
              legend: '{{job_outcome}} {{job_abandon_reason}}',
            },
          ],
        },
        { stacked: true },
      ),
      graph({
        title: 'Retries by error',
        description: 'Attempts that failed and are tried again, by what went wrong.',
        unit: 'cps',
        width: 8,
        queries: [{ expr: jobsPerSecond('job_retries_total', 'error_type'), legend: '{{error_type}}' }],
      }),
      graph({
        title: 'Refusals by reason',
        description:
          'Jobs that a queue did not take: full, closed, of an unknown type, not valid, or its store is down.',
        unit: 'cps',
        width: 8,
        queries: [
          {
            expr: jobsPerSecond(
              'job_rejected_total',
              'messaging_destination_name',
              'queue_namespace',
              'job_reject_reason',
            ),
            legend: '{{messaging_destination_name}} {{job_reject_reason}} {{queue_namespace}}',
          },
        ],
      }),
      graph(
        {
          title: 'Failed attempts',
          description:
            'Share of attempts that failed, whether tried again or not: the 50 job types where it is largest. Click for one.',
          unit: 'percentunit',
          width: 8,
          queries: [
            {
              expr: shareByJobType(ATTEMPTS, 'error_type', BY_TYPE),
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
    ],
  };
}
