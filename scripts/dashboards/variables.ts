import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PROMETHEUS } from './queries.js';

export type Variable = Builder<VariableModel>;

function choice(name: string, label: string, description: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(PROMETHEUS)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** Several can be chosen, and all are at first. */
function several(variable: QueryVariableBuilder): QueryVariableBuilder {
  return variable
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

// A service may only enqueue, only work or only watch: any of these tells of its queues. No other library has metrics of these
// names; `messaging.process.duration` is measured by others too.
const OURS =
  '__name__=~"job_enqueued_total|job_ended_total|job_wait_duration_seconds_count|queue_jobs|worker_count"';
const SERVICE = 'service_name=~"$service"';
const ENGINE = `${SERVICE},messaging_system_name=~"$engine"`;
const QUEUE = `${ENGINE},messaging_destination_name=~"$queue"`;

/** All means any, so that the alert on a service that has fallen silent is not hidden. */
export function service(): Variable {
  const query = 'label_values(signalbox_items_total, service_name)';
  return several(choice('service', 'Service', 'Who runs the jobs', query)).allValue('.+');
}

function engine(): Variable {
  const query = `label_values({${OURS},${SERVICE}}, messaging_system_name)`;
  return several(choice('engine', 'Engine', 'messaging.system.name', query));
}

function queue(): QueryVariableBuilder {
  const query = `label_values({${OURS},${ENGINE}}, messaging_destination_name)`;
  return choice('queue', 'Queue', 'messaging.destination.name', query);
}

function jobType(): QueryVariableBuilder {
  const query = `label_values({${OURS},${QUEUE}}, job_type)`;
  return choice('job_type', 'Job type', 'job.type; queues without types have none', query);
}

/** Service, engine, queue, job type: each narrows the next. */
export function ofAllJobs(): Variable[] {
  // Queues without types have no such label: `.*` takes them too.
  return [service(), engine(), several(queue()), several(jobType()).allValue('.*')];
}

/** One queue and one job type, and what Jaeger has to be told to find its attempts. */
export function ofOneJobType(): Variable[] {
  return [service(), engine(), queue(), jobType(), worker(), attempt(), job()];
}

/** Jaeger searches one service. */
function worker(): Variable {
  const query = `label_values(messaging_process_duration_seconds_count{${QUEUE}}, service_name)`;
  return choice('worker', 'Traces of', 'The service whose attempts Jaeger is asked for', query);
}

/** The name of its spans: that of the job type, else that of the queue. */
function attempt(): Variable {
  const called = (name: string): string =>
    `count by (span_name) (traces_span_metrics_calls_total{service_name="$worker",messaging_destination_name="$queue",span_name="process ${name}"})`;
  const [type, other] = [called('$job_type'), called('$queue')];
  return choice(
    'attempt',
    'Attempts',
    'How their spans are called',
    `query_result(${type} or (${other} unless on () ${type}))`,
  )
    .regex('/span_name="([^"]+)"/')
    .hide(VariableHide.HideVariable);
}

function job(): Variable {
  return new TextBoxVariableBuilder('job').label('Job id').description('For the last row of this page');
}
