import type { Row } from '../dashboard.js';
import { graph } from '../panels.js';
import { jobs, perSecond } from '../promql.js';
import { TYPE_LEGEND, toJobType } from './job-type-link.js';

const BY_TYPE = 'messaging_destination_name, queue_namespace, job_type';
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
          { expr: `sum(rate(job_enqueued_total${jobs()}[$__rate_interval]))`, legend: 'accepted' },
          { expr: `sum(rate(job_ended_total${jobs()}[$__rate_interval]))`, legend: 'ended' },
          { expr: `sum(rate(job_rejected_total${jobs()}[$__rate_interval]))`, legend: 'refused' },
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
              expr: perSecond('job_ended_total', jobs(), 'job_outcome', 'job_abandon_reason'),
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
        queries: [{ expr: perSecond('job_retries_total', jobs(), 'error_type'), legend: '{{error_type}}' }],
      }),
      graph({
        title: 'Refusals by reason',
        description:
          'Jobs that a queue did not take: full, closed, of an unknown type, not valid, or its store is down.',
        unit: 'cps',
        width: 8,
        queries: [
          {
            expr: perSecond(
              'job_rejected_total',
              jobs(),
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
          description: 'Share of attempts that failed, whether tried again or not. Click for the job type.',
          unit: 'percentunit',
          width: 8,
          queries: [
            {
              expr: `sum by (${BY_TYPE}) (rate(${ATTEMPTS}${jobs('error_type!=""')}[$__rate_interval])) / sum by (${BY_TYPE}) (rate(${ATTEMPTS}${jobs()}[$__rate_interval]))`,
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
    ],
  };
}
