import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from './dashboard.js';
import { graph, logs, stat } from './panels.js';
import { jobs, perSecond, quantile } from './queries.js';
import { jobVariables } from './variables.js';

const RECORDS = '{service_name=~"$service"} | messaging_destination_name=~"$queue" | job_type=~"$job_type"';
const ATTEMPTS =
  '{service_name=~"$service",messaging_destination_name=~"$queue",job_type=~"$job_type",span_kind="SPAN_KIND_CONSUMER"}';

/** One kind of work: its numbers, its attempts as dots that lead to traces, its records. */
export function jobType(): DashboardBuilder {
  return dashboard({
    uid: 'signalbox-job-type',
    title: 'One job type',
    description:
      'Choose a queue and a job type. A dot on the run time is one attempt: it leads to its trace, and from there to its records.',
    variables: jobVariables(),
  })
    .withRow(new RowBuilder('Numbers'))
    .withPanel(
      stat({
        title: 'Completed',
        description: 'Jobs that came to their good end, in the range shown.',
        unit: 'short',
        width: 6,
        queries: [
          {
            expr: `sum(increase(job_ended_total${jobs('job_outcome="completed"')}[$__range]))`,
            legend: 'completed',
          },
        ],
      }),
    )
    .withPanel(
      stat(
        {
          title: 'Abandoned',
          description: 'Jobs that came to a bad end, in the range shown.',
          unit: 'short',
          width: 6,
          queries: [
            {
              expr: `sum(increase(job_ended_total${jobs('job_outcome="abandoned"')}[$__range]))`,
              legend: 'abandoned',
            },
          ],
        },
        { warning: 1, critical: 10 },
      ),
    )
    .withPanel(
      stat({
        title: 'Retries',
        description: 'Attempts that failed and are tried again, in the range shown.',
        unit: 'short',
        width: 6,
        queries: [{ expr: `sum(increase(job_retries_total${jobs()}[$__range]))`, legend: 'retries' }],
      }),
    )
    .withPanel(
      stat(
        {
          title: 'Longest running attempt',
          description: 'Of those that run now.',
          unit: 's',
          width: 6,
          queries: [{ expr: `max(job_oldest_active_age_seconds${jobs()})`, legend: 'longest' }],
        },
        { warning: 600, critical: 3600 },
      ),
    )
    .withRow(new RowBuilder('Run time, wait, failures'))
    .withPanel(
      graph(
        {
          title: 'Run time of attempts',
          description:
            'Percentiles by the spans of attempts, as the collector counts them. A dot is one attempt: click it for its trace.',
          unit: 's',
          width: 12,
          queries: [
            { expr: quantile(0.5, 'traces_span_metrics_duration_seconds', ATTEMPTS), legend: 'p50' },
            { expr: quantile(0.95, 'traces_span_metrics_duration_seconds', ATTEMPTS), legend: 'p95' },
            { expr: quantile(0.99, 'traces_span_metrics_duration_seconds', ATTEMPTS), legend: 'p99' },
          ],
        },
        { exemplars: true },
      ),
    )
    .withPanel(
      graph({
        title: 'Run time, good and bad attempts',
        description: '95th percentile of messaging.process.duration, by what went wrong.',
        unit: 's',
        width: 12,
        queries: [
          {
            expr: quantile(0.95, 'messaging_process_duration_seconds', jobs(), 'error_type'),
            legend: '{{error_type}}',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Wait for a worker',
        description: 'From when an attempt could have run to when it began.',
        unit: 's',
        width: 12,
        queries: [
          { expr: quantile(0.5, 'job_wait_duration_seconds', jobs()), legend: 'p50' },
          { expr: quantile(0.95, 'job_wait_duration_seconds', jobs()), legend: 'p95' },
        ],
      }),
    )
    .withPanel(
      graph(
        {
          title: 'Attempts by outcome',
          description: 'Good attempts have no error.',
          unit: 'cps',
          width: 12,
          queries: [
            {
              expr: perSecond('messaging_process_duration_seconds_count', jobs(), 'error_type'),
              legend: '{{error_type}}',
            },
          ],
        },
        { stacked: true },
      ),
    )
    .withRow(new RowBuilder('What happened'))
    .withPanel(
      logs(
        {
          title: 'Bad ends',
          description: 'The record of each abandoned job. Open one: its trace is a link.',
          width: 12,
        },
        `${RECORDS} | event_name="job.abandoned"`,
      ),
    )
    .withPanel(
      logs(
        {
          title: 'Failed attempts',
          description: 'With the error and its stack as fields.',
          width: 12,
        },
        `${RECORDS} | event_name="job.failed"`,
      ),
    );
}
