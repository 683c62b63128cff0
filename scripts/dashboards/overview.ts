import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from './dashboard.js';
import { graph, stat, table } from './panels.js';
import { jobs, perSecond, quantile, queues } from './queries.js';
import { jobVariables } from './variables.js';

const BY_QUEUE = 'messaging_system_name, messaging_destination_name';
const QUEUE_LEGEND = '{{messaging_destination_name}}';
const TYPE_LEGEND = '{{messaging_destination_name}} {{job_type}}';
const ABANDONED = 'job_outcome="abandoned"';

const toJobType = {
  title: 'This job type',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills these in.
  url: '/d/signalbox-job-type?${__url_time_range}&${service:queryparam}&${engine:queryparam}&var-queue=${__field.labels.messaging_destination_name}&var-job_type=${__field.labels.job_type}',
};

/** Is anything wrong, and where? */
export function overview(): DashboardBuilder {
  return dashboard({
    uid: 'signalbox-jobs',
    title: 'Jobs overview',
    description: 'All queues at one glance: the first row says whether anything is wrong, the others where.',
    variables: jobVariables(),
  })
    .withRow(new RowBuilder('Is anything wrong?'))
    .withPanel(
      stat(
        {
          title: 'Alerts',
          description: 'Alerts that are pending or firing. The list is at the end of this page.',
          unit: 'short',
          width: 3,
          queries: [{ expr: 'count(ALERTS{alertname=~"Job.*|Worker.*|Telemetry.*"})', legend: 'alerts' }],
        },
        { warning: 1, critical: 2 },
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Bad ends',
          description:
            'Share of ended jobs that came to a bad end, in the range shown. Cancelled and removed ones are not counted.',
          unit: 'percentunit',
          width: 4,
          queries: [
            {
              expr: `(sum(increase(job_ended_total${jobs(ABANDONED, 'job_abandon_reason!~"cancelled|removed|shutdown"')}[$__range])) or vector(0)) / sum(increase(job_ended_total${jobs()}[$__range]))`,
              legend: 'bad ends',
            },
          ],
        },
        { warning: 0.02, critical: 0.1 },
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Waiting',
          description: 'Jobs that could run now. One process reports it for a queue.',
          unit: 'short',
          width: 3,
          queries: [
            {
              expr: `sum(max by (service_name, ${BY_QUEUE}) (queue_jobs${queues('job_state="waiting"')}))`,
              legend: 'waiting',
            },
          ],
        },
        { warning: 100, critical: 1000 },
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Oldest job',
          description: 'Age of the oldest job that could run now.',
          unit: 's',
          width: 4,
          queries: [{ expr: `max(queue_oldest_age_seconds${queues()})`, legend: 'oldest' }],
        },
        { warning: 300, critical: 1800 },
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Longest running attempt',
          description: 'A handler that hangs shows here.',
          unit: 's',
          width: 4,
          queries: [{ expr: `max(job_oldest_active_age_seconds${jobs()})`, legend: 'longest' }],
        },
        { warning: 600, critical: 3600 },
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Workers busy',
          description: 'Time in attempts, of the time that workers had. Near 100 % more workers are needed.',
          unit: 'percentunit',
          width: 3,
          queries: [
            {
              expr: `sum(rate(worker_busy_time_seconds_total${queues()}[$__rate_interval])) / sum(worker_count${queues()})`,
              legend: 'busy',
            },
          ],
        },
        { warning: 0.85, critical: 0.98 },
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Telemetry lost',
          description:
            'Signals, spans and points that did not arrive, in the range shown. See "signalbox itself".',
          unit: 'short',
          width: 3,
          queries: [
            {
              expr: 'sum(increase(signalbox_items_total{service_name=~"$service",signalbox_outcome=~"dropped|failed"}[$__range]))',
              legend: 'lost',
            },
          ],
        },
        { warning: 1, critical: 100 },
      ),
    )
    .withRow(new RowBuilder('Throughput and failures'))
    .withPanel(
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
    )
    .withPanel(
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
    )
    .withPanel(
      graph({
        title: 'Retries by error',
        description: 'Attempts that failed and are tried again, by what went wrong.',
        unit: 'cps',
        width: 8,
        queries: [
          {
            expr: perSecond('job_retries_total', jobs(), 'error_type'),
            legend: '{{error_type}}',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Refusals by reason',
        description:
          'Jobs that a queue did not take: full, closed, of an unknown type, not valid, or its store is down.',
        unit: 'cps',
        width: 8,
        queries: [
          {
            expr: perSecond('job_rejected_total', jobs(), 'messaging_destination_name', 'job_reject_reason'),
            legend: '{{messaging_destination_name}} {{job_reject_reason}}',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Failed attempts',
        description: 'Share of attempts that failed, whether tried again or not, by job type.',
        unit: 'percentunit',
        width: 8,
        queries: [
          {
            expr: `sum by (messaging_destination_name, job_type) (rate(messaging_process_duration_seconds_count${jobs('error_type!=""')}[$__rate_interval])) / sum by (messaging_destination_name, job_type) (rate(messaging_process_duration_seconds_count${jobs()}[$__rate_interval]))`,
            legend: TYPE_LEGEND,
          },
        ],
      }),
    )
    .withRow(new RowBuilder('Waiting and running'))
    .withPanel(
      graph(
        {
          title: 'Wait, 95th percentile',
          description:
            'From when an attempt could have run to when it began, without delays that were asked for. Click for the job type.',
          unit: 's',
          width: 8,
          queries: [
            {
              expr: quantile(
                0.95,
                'job_wait_duration_seconds',
                jobs(),
                'messaging_destination_name',
                'job_type',
              ),
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Run time, 95th percentile',
          description: 'How long the handlers ran. Click for the job type.',
          unit: 's',
          width: 8,
          queries: [
            {
              expr: quantile(
                0.95,
                'messaging_process_duration_seconds',
                jobs(),
                'messaging_destination_name',
                'job_type',
              ),
              legend: TYPE_LEGEND,
            },
          ],
        },
        { link: toJobType },
      ),
    )
    .withPanel(
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
    )
    .withRow(new RowBuilder('Queues and workers'))
    .withPanel(
      graph({
        title: 'Depth by state',
        description:
          'Jobs in the queues: waiting, delayed, active, blocked, paused. `max by` queue, never the sum of reporters.',
        unit: 'short',
        width: 8,
        queries: [
          {
            expr: `max by (${BY_QUEUE}, job_state) (queue_jobs${queues()})`,
            legend: `${QUEUE_LEGEND} {{job_state}}`,
          },
          {
            expr: `max by (${BY_QUEUE}) (queue_capacity${queues()})`,
            legend: `${QUEUE_LEGEND} capacity`,
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Ages',
        description: 'The oldest job that could run now, and the attempt that has run longest.',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: `max by (${BY_QUEUE}) (queue_oldest_age_seconds${queues()})`,
            legend: `${QUEUE_LEGEND} oldest job`,
          },
          {
            expr: `max by (${BY_QUEUE}) (job_oldest_active_age_seconds${jobs()})`,
            legend: `${QUEUE_LEGEND} longest attempt`,
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Workers',
        description:
          'Slots by what they do, and attempts that run. A handler past its time limit holds a slot and is no attempt.',
        unit: 'short',
        width: 8,
        queries: [
          { expr: `sum by (worker_state) (worker_count${queues()})`, legend: '{{worker_state}}' },
          { expr: `sum(job_active${jobs()})`, legend: 'attempts' },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Stalled jobs',
        description: 'Jobs whose worker vanished in the middle of an attempt.',
        unit: 'short',
        width: 8,
        queries: [
          {
            expr: `sum by (messaging_destination_name) (increase(job_stalled_total${jobs()}[$__rate_interval]))`,
            legend: QUEUE_LEGEND,
          },
        ],
      }),
    )
    .withPanel(
      table({
        title: 'Alerts',
        description: 'Alerts that are pending or firing. docs/runbook.md says what to do.',
        unit: 'short',
        width: 16,
        queries: [
          {
            expr: 'max by (alertname, alertstate, severity, service_name, messaging_destination_name, job_type) (ALERTS{alertname=~"Job.*|Worker.*|Telemetry.*"})',
            legend: '',
          },
        ],
      }),
    );
}
