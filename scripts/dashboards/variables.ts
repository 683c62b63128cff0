import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  DatasourceVariableBuilder,
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
const ENVIRONMENT = 'deployment_environment_name=~"$environment"';
const SERVICE = `${ENVIRONMENT},service_name=~"$service"`;
const ENGINE = `${SERVICE},messaging_system_name=~"$engine"`;
const QUEUES = `${ENGINE},messaging_destination_name=~"$queue"`;
const ONE_QUEUE = `${ENGINE},messaging_destination_name="$queue"`;

/** The data sources, as the provisioned ones are called; where there are none of these, a user's own. */
function source(name: string, label: string, type: string): Variable {
  return new DatasourceVariableBuilder(name)
    .label(label)
    .description('The data source to ask')
    .type(type)
    .current({ selected: true, text: label, value: type });
}

const metrics = (): Variable => source('metrics', 'Prometheus', 'prometheus');
const logs = (): Variable => source('logs', 'Loki', 'loki');
const traces = (): Variable => source('traces', 'Jaeger', 'jaeger');

/** Most services have none: `.*` takes them too. */
function environment(): Variable {
  const query = 'label_values(signalbox_items_total, deployment_environment_name)';
  return several(choice('environment', 'Environment', 'deployment.environment.name', query)).allValue('.*');
}

/** All means any, so that the alert on a service that has fallen silent is not hidden. */
function service(): Variable {
  const query = `label_values(signalbox_items_total{${ENVIRONMENT}}, service_name)`;
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

function jobType(queues: string): QueryVariableBuilder {
  const query = `label_values({${OURS},${queues}}, job_type)`;
  return choice('job_type', 'Job type', 'job.type; queues without types have none', query);
}

/** What signalbox is asked of itself. */
export function ofServices(): Variable[] {
  return [metrics(), environment(), service()];
}

/** Service, engine, queue, job type: each narrows the next. */
export function ofAllJobs(): Variable[] {
  // Queues without types have no such label: `.*` takes them too.
  return [
    ...ofServices(),
    engine(),
    several(queue()),
    several(jobType(QUEUES)).allValue('.*'),
    unrecorded(),
    unsummed(),
  ];
}

/** A hidden choice: a pattern of anything where the rules that ship have recorded nothing of a kind, else of nothing. `promql.ts` uses it. */
function unless(name: string, records: string): Variable {
  const query = `query_result(label_replace(vector(1) unless on () count(${records}), "${name}", ".+", "", ""))`;
  return choice(name, 'Ask the series', 'Whether there is nothing that rules have recorded', query)
    .regex(`/${name}="([^"]+)"/`)
    .hide(VariableHide.HideVariable);
}

const unrecorded = (): Variable =>
  unless('unrecorded', '{__name__=~"job_type:job_enqueued:rate4m|job_type:job_active:sum"}');

/** What is recorded of all types together has no such label: where some are chosen, nothing is found. */
const unsummed = (): Variable => unless('unsummed', 'queue:job_ended_total:sum{job_type=~"$job_type"}');

/** One queue and one job type, and what Jaeger has to be told to find its attempts. */
export function ofOneJobType(): Variable[] {
  return [
    ...[metrics(), logs(), traces(), environment(), service(), engine(), queue(), jobType(ONE_QUEUE)],
    ...[worker(), attempt(), job()],
  ];
}

/** Jaeger searches one service. */
function worker(): Variable {
  const query = `label_values(messaging_process_duration_seconds_count{${ONE_QUEUE}}, service_name)`;
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
