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
  'signalbox_drop_reason!~"filtered|sampled|rate_limited|nowhere|unrouted|silenced|disabled"',
] as const;

/** What the rules that ship work out for each of these. */
const JOB_TYPE = [
  'deployment_environment_name',
  'service_name',
  'messaging_system_name',
  'messaging_destination_name',
  'queue_namespace',
  'job_type',
] as const;

/** A label of the series themselves, for a selector of them that is to find something only where no rules have worked it out already. */
const UNRECORDED = 'messaging_system_name=~"$unrecorded"';

/** The same where they are of all types, and only some are chosen. */
const UNSUMMED = 'messaging_system_name=~"$unsummed"';

/** So many lines can be told apart, if that. */
const TOP = 50;

/** What is made of what was recorded, or of the series. */
type Make = (
  of: (record: string, series: (labels: string) => string, ...more: readonly string[]) => string,
) => string;

/**
 * Of the chosen jobs, something made of what `deploy/prometheus/rules/signalbox-job-types.yml` records, else of what it records it from: many
 * queues have more series than can be added up while somebody waits.
 */
function recorded(make: Make): string {
  const records = make((record, _, ...more) => `job_type:${record}${jobs(...more)}`);
  const series = make((_, of, ...more) => of(jobs(...more, UNRECORDED)));
  return `${records} or ${series}`;
}

/** The labels that the records of counters have beside those. */
const RECORDED_WITH: Readonly<Record<string, readonly string[]>> = {
  job_rejected_total: ['job_reject_reason'],
  job_ended_total: ['job_outcome', 'job_abandon_reason'],
  job_retries_total: ['error_type'],
  messaging_process_duration_seconds_count: ['error_type'],
};

/** How fast a counter grows: what its record is called, and how it is asked of the series. */
function rates(counter: string): readonly [string, (labels: string) => string] {
  const grouped = [...JOB_TYPE, ...(RECORDED_WITH[counter] ?? [])].join(', ');
  return [
    `${counter.replace(/_total$/, '')}:rate4m`,
    (labels) => `sum by (${grouped}) (rate(${counter}${labels}[$__rate_interval]))`,
  ];
}

/** How fast a counter grows: all the chosen jobs together, or by these labels. */
export function jobsPerSecond(counter: string, ...by: readonly string[]): string {
  const grouped = by.length === 0 ? 'sum' : `sum by (${by.join(', ')}) `;
  return recorded((of) => `${grouped}(${of(...rates(counter))})`);
}

/** The share of what has such a label in how fast a counter grows, for the job types where it is the largest. */
export function shareByJobType(counter: string, label: string, by: readonly string[]): string {
  const grouped = `sum by (${by.join(', ')})`;
  const share: Make = (of) =>
    `${grouped} (${of(...rates(counter), `${label}!=""`)}) / ${grouped} (${of(...rates(counter))})`;
  return `topk(${TOP}, ${recorded(share)})`;
}

/** The 95th percentile of a histogram in seconds, for the job types where it is the largest. */
export function slowest(metric: string): string {
  const quantileOf = (labels: string): string => quantile(0.95, metric, labels, ...JOB_TYPE);
  return `topk(${TOP}, ${recorded((of) => of(`${metric}:p95_4m`, quantileOf))})`;
}

/** A gauge of job types, as the processes of a service have it together: of all the chosen jobs, or by these labels. */
export function together(how: 'sum' | 'max', gauge: string, ...by: readonly string[]): string {
  const grouped = by.length === 0 ? how : `${how} by (${by.join(', ')}) `;
  const ofSeries = (labels: string): string => `${how} by (${JOB_TYPE.join(', ')}) (${gauge}${labels})`;
  return recorded((of) => `${grouped}(${of(`${gauge}:${how}`, ofSeries)})`);
}

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
  return `sum(${grown(`${metric}${labels}`)})`;
}

/**
 * The same of the chosen jobs, by what the rules that ship have added up of a queue's types, where all types are chosen: of many queues a day of
 * all series is more than somebody waits for.
 */
export function totalOfJobs(counter: string, ...more: readonly string[]): string {
  const summed = `queue:${counter}:sum${jobs(...more)}`;
  return `sum(${grown(summed)} or ${grown(`${counter}${jobs(...more, UNSUMMED)}`)})`;
}

function grown(counter: string): string {
  return `(last_over_time(${counter}[$__range]) unless last_over_time(${counter}[1d] offset $__range)) or increase(${counter}[$__range])`;
}
