// What the variables of a dashboard choose. Other libraries use `messaging.process.duration` too: the engine tells ours apart.
const SERVICE = 'deployment_environment_name=~"$environment",service_name=~"$service"';
const ENGINE = `${SERVICE},messaging_system_name=~"$engine"`;

/** Labels of the chosen services. */
export function services(...more: readonly string[]): string {
  return `{${[SERVICE, ...more].join(',')}}`;
}

/** Labels of the chosen queues. */
export function queues(...more: readonly string[]): string {
  return `{${[ENGINE, 'messaging_destination_name=~"$queue"', ...more].join(',')}}`;
}

/** Labels of the chosen queues and job types; a queue without types has none. */
export function jobs(...more: readonly string[]): string {
  return queues('job_type=~"$job_type"', ...more);
}

/** Labels of the one chosen queue: its name is no pattern, whatever is in it. */
export function oneQueue(...more: readonly string[]): string {
  return `{${[ENGINE, 'messaging_destination_name="$queue"', ...more].join(',')}}`;
}

/** Labels of the one chosen job type; empty where its queue has none. */
export function oneJobType(...more: readonly string[]): string {
  return oneQueue('job_type="$job_type"', ...more);
}

/**
 * What a queue's monitor looks at, as long as it can. An SDK sends the last value for ever, also when the monitor has stopped or the
 * store is down: `queue_monitor_up` says so.
 */
export function watched(metric: string, labels: string, measure: 'jobs' | 'oldest_age'): string {
  const down = `queue_monitor_up${queues(`queue_monitor_measure="${measure}"`)} == 0`;
  const others = metric === 'queue_jobs' ? 'job_state, queue_monitor_measure' : 'queue_monitor_measure';
  return `(${metric}${labels} unless ignoring (${others}) ${down})`;
}

/** Bad ends that somebody wanted are none. */
export const BAD_END = [
  'job_outcome="abandoned"',
  'job_abandon_reason!~"cancelled|removed|shutdown"',
] as const;

/** What did not arrive, without what a user's own filters and routes left out. */
export const LOST = [
  'signalbox_outcome=~"dropped|failed"',
  'signalbox_drop_reason!~"filtered|sampled|rate_limited|nowhere|unrouted|disabled"',
] as const;

/** A percentile of a histogram in seconds. */
export function quantile(q: number, metric: string, labels: string, ...by: readonly string[]): string {
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket${labels}[$__rate_interval])))`;
}

export function perSecond(metric: string, labels: string, ...by: readonly string[]): string {
  return `sum by (${by.join(', ')}) (rate(${metric}${labels}[$__rate_interval]))`;
}

/**
 * How much a counter grew in the range shown. A counter is born with its first value, which `increase` does not see: the one
 * job that was ever abandoned would be none. Of a series that was not there in the day before the range, its value is what it
 * grew; a shorter silence before it, as when nothing could be sent, does not make it new.
 */
export function total(metric: string, labels: string): string {
  const counter = `${metric}${labels}`;
  return `sum((last_over_time(${counter}[$__range]) unless last_over_time(${counter}[1d] offset $__range)) or increase(${counter}[$__range]))`;
}
