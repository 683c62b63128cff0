import { ALERTS } from '../alert-names.js';
import type { Row } from '../dashboard.js';
import { stat } from '../panels.js';
import { BAD_END, jobs, LOST, queues, services, total, totalOfJobs, watched } from '../promql.js';

const WAITING = queues('job_state="waiting"');

/** One number for each thing that can go wrong. */
export function now(): Row {
  return {
    title: 'Is anything wrong?',
    panels: [
      stat(
        {
          title: 'Alerts firing',
          description: 'The list, with those that are pending, is at the end of this page.',
          unit: 'short',
          width: 3,
          queries: [{ expr: `count(ALERTS${services(ALERTS, 'alertstate="firing"')})`, legend: 'alerts' }],
        },
        { limits: { warning: 1, critical: 3 }, empty: 'none' },
      ),
      stat(
        {
          title: 'Bad ends',
          description:
            'Share of the jobs that ended in the range shown. Those cancelled, removed or shut down on purpose are no bad ends.',
          unit: 'percentunit',
          width: 4,
          queries: [
            {
              expr: `(${totalOfJobs('job_ended_total', ...BAD_END)} or vector(0)) / (${totalOfJobs('job_ended_total')} > 0)`,
              legend: 'bad ends',
            },
          ],
        },
        { limits: { warning: 0.02, critical: 0.1 }, empty: 'unknown' },
      ),
      stat(
        {
          title: 'Waiting',
          description:
            'Jobs that could run now. One process reports it for a queue; where none can, as while its store is down, it is not known.',
          unit: 'short',
          width: 3,
          queries: [
            {
              expr: `sum(max by (deployment_environment_name, service_name, messaging_system_name, messaging_destination_name, queue_namespace) ${watched('queue_jobs', WAITING, 'jobs')})`,
              legend: 'waiting',
            },
          ],
        },
        { limits: { warning: 100, critical: 1000 }, empty: 'unknown' },
      ),
      stat(
        {
          title: 'Oldest job',
          description: 'Age of the oldest job that could run now.',
          unit: 's',
          width: 4,
          queries: [
            { expr: `max${watched('queue_oldest_age_seconds', queues(), 'oldest_age')}`, legend: 'oldest' },
          ],
        },
        { limits: { warning: 300, critical: 900 }, empty: 'unknown' },
      ),
      stat(
        {
          title: 'Longest running attempt',
          description: 'A handler that hangs shows here.',
          unit: 's',
          width: 4,
          queries: [{ expr: `max(job_oldest_active_age_seconds${jobs()})`, legend: 'longest' }],
        },
        { limits: { warning: 600, critical: 1800 }, empty: 'unknown' },
      ),
      stat(
        {
          title: 'Workers busy',
          description: 'Time in attempts, of the time that workers had. Near 100 % more workers are needed.',
          unit: 'percentunit',
          width: 3,
          queries: [
            {
              expr: `sum(rate(worker_busy_time_seconds_total${queues()}[$__rate_interval])) / (sum(worker_count${queues()}) > 0)`,
              legend: 'busy',
            },
          ],
        },
        { limits: { warning: 0.85, critical: 0.98 }, empty: 'unknown' },
      ),
      stat(
        {
          title: 'Telemetry lost',
          description:
            'Signals, spans and points that did not arrive, in the range shown. "signalbox itself" says where and why.',
          unit: 'short',
          width: 3,
          queries: [{ expr: total('signalbox_items_total', services(...LOST)), legend: 'lost' }],
        },
        { limits: { warning: 1, critical: 100 }, empty: 'none' },
      ),
    ],
  };
}
