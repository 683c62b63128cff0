import type { QueryVariableBuilder as Variable } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PROMETHEUS } from './queries.js';

function labels(name: string, label: string, query: string, description: string): Variable {
  return new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(PROMETHEUS)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

const SERVICE = 'service_name=~"$service"';
const ENGINE = `${SERVICE},messaging_system_name=~"$engine"`;
const QUEUE = `${ENGINE},messaging_destination_name=~"$queue"`;

export function serviceVariable(): Variable {
  return labels(
    'service',
    'Service',
    'label_values(signalbox_items_total, service_name)',
    'Who runs the jobs',
  );
}

/** Service, engine, queue, job type: each narrows the next. */
export function jobVariables(): Variable[] {
  return [
    serviceVariable(),
    // Asked of a metric that no other library has: `messaging.process.duration` is measured by others too.
    labels(
      'engine',
      'Engine',
      `label_values(job_enqueued_total{${SERVICE}}, messaging_system_name)`,
      'messaging.system.name',
    ),
    labels(
      'queue',
      'Queue',
      `label_values(job_enqueued_total{${ENGINE}}, messaging_destination_name)`,
      'messaging.destination.name',
    ),
    // Queues without types have no such label: `.*` takes them too.
    labels(
      'job_type',
      'Job type',
      `label_values(job_enqueued_total{${QUEUE}}, job_type)`,
      'job.type',
    ).allValue('.*'),
  ];
}
