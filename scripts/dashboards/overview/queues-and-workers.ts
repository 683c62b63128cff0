import { ALERTS } from '../alert-names.js';
import type { Row } from '../dashboard.js';
import { table } from '../lists.js';
import { graph } from '../panels.js';
import { jobsPerSecond, queues, services, together, watched } from '../promql.js';

const BY_QUEUE_LABELS = ['messaging_system_name', 'messaging_destination_name', 'queue_namespace'] as const;
const BY_QUEUE = BY_QUEUE_LABELS.join(', ');
const QUEUE_LEGEND = '{{messaging_destination_name}} {{queue_namespace}}';

/** What stands in the queues, and who works on it. */
export function queuesAndWorkers(): Row {
  return {
    title: 'Queues and workers',
    panels: [
      graph({
        title: 'Depth by state',
        description:
          'Jobs in the queues, and how many can wait. One process reports it for a queue: the highest is shown, never the sum. A gap: it is not known, since the monitor has stopped or its store does not answer.',
        unit: 'short',
        width: 8,
        queries: [
          {
            expr: `max by (${BY_QUEUE}, job_state) ${watched('queue_jobs', queues(), 'jobs')}`,
            legend: `${QUEUE_LEGEND} {{job_state}}`,
          },
          {
            expr: `max by (${BY_QUEUE}) ${watched('queue_capacity', queues(), 'jobs')}`,
            legend: `${QUEUE_LEGEND} capacity`,
          },
        ],
      }),
      graph({
        title: 'Ages',
        description:
          'The oldest job that could run now, the attempt that has run longest, and how long ago each schedule last ended well.',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: `max by (${BY_QUEUE}) ${watched('queue_oldest_age_seconds', queues(), 'oldest_age')}`,
            legend: `${QUEUE_LEGEND} oldest job`,
          },
          {
            expr: together('max', 'job_oldest_active_age_seconds', ...BY_QUEUE_LABELS),
            legend: `${QUEUE_LEGEND} longest attempt`,
          },
          {
            // One that is watched by the jobs of its process names no queue.
            expr: `min by (schedule_name) (schedule_last_completed_age_seconds${services()})`,
            legend: '{{schedule_name}} since it ended well',
          },
        ],
      }),
      graph({
        title: 'Workers',
        description:
          'Workers by what they do, and attempts that run. A handler past its time limit holds a worker and is no attempt.',
        unit: 'short',
        width: 8,
        queries: [
          { expr: `sum by (worker_state) (worker_count${queues()})`, legend: '{{worker_state}}' },
          { expr: together('sum', 'job_active'), legend: 'attempts' },
        ],
      }),
      graph({
        title: 'Worker utilisation',
        description: 'Time in attempts, of the time that the workers of a queue had.',
        unit: 'percentunit',
        width: 12,
        queries: [
          {
            expr: `sum by (${BY_QUEUE}) (rate(worker_busy_time_seconds_total${queues()}[$__rate_interval])) / (sum by (${BY_QUEUE}) (worker_count${queues()}) > 0)`,
            legend: QUEUE_LEGEND,
          },
        ],
      }),
      graph({
        title: 'Stalled jobs',
        description: 'Jobs whose worker vanished in the middle of an attempt.',
        unit: 'cps',
        width: 12,
        queries: [
          {
            expr: jobsPerSecond('job_stalled_total', ...BY_QUEUE_LABELS),
            legend: QUEUE_LEGEND,
          },
        ],
      }),
    ],
  };
}

/** The list behind the first number of the page. */
export function alerts(): Row {
  const columns = {
    alertstate: 'State',
    severity: 'Severity',
    alertname: 'Alert',
    deployment_environment_name: 'Environment',
    service_name: 'Service',
    messaging_destination_name: 'Queue',
    queue_namespace: 'Namespace',
    job_type: 'Job type',
    schedule_name: 'Schedule',
    signalbox_destination: 'Destination',
  };
  return {
    title: 'Alerts',
    panels: [
      table(
        {
          title: 'Alerts',
          description: 'Those that are firing or pending. docs/runbook.md has a section for each.',
          unit: 'short',
          width: 24,
          queries: [
            {
              expr: `max by (${Object.keys(columns).join(', ')}) (ALERTS${services(ALERTS)})`,
              legend: '',
            },
          ],
        },
        columns,
      ),
    ],
  };
}
