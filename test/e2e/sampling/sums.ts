import type { PrometheusSample } from '../read/prometheus.js';
import type { Ledger, LedgerAttempt, LedgerJob } from './ledger.js';

type Labels = Readonly<Record<string, string | undefined>>;

interface Amount {
  readonly total: number;
  /** How far off it may be: seconds are rounded to the microsecond, each by itself. */
  readonly slack: number;
}

/** What Prometheus must answer to a query. */
export interface Sum {
  readonly metric: string;
  readonly query: string;
  /** By labels as JSON. */
  readonly wanted: ReadonlyMap<string, Amount>;
}

/** Ends that somebody wanted. */
const WANTED: ReadonlySet<string | undefined> = new Set(['cancelled', 'removed', 'shutdown']);

/** What all metrics of jobs and of their spans must add up to. `selector` picks the run. */
export function sumsOf({ jobs }: Ledger, selector: string): Sum[] {
  const accepted = jobs.filter(({ rejected }) => rejected === undefined);
  const rejected = jobs.filter((job) => job.rejected !== undefined);
  const ended = accepted.filter(({ end }) => end !== undefined);
  const attempts = jobs.flatMap((job) =>
    job.attempts.map((attempt, i) => ({ ...attempt, job, isLast: i === job.attempts.length - 1 })),
  );
  const retried = attempts.filter(({ outcome, isLast }) => outcome === 'failed' && !isLast);
  // How long a lost one ran is not known to the queue.
  const settled = attempts.filter(({ outcome }) => outcome !== 'lost');
  const one = (): number => 1;
  const run = ({ runMillis }: LedgerAttempt): number => runMillis / 1000;
  const wait = ({ waitMillis }: LedgerAttempt): number => waitMillis / 1000;
  const ofJob = ({ queue, type }: LedgerJob): Labels => ({
    messaging_destination_name: queue,
    job_type: type,
  });
  const ofRun = ({ job, errorType }: (typeof attempts)[number]): Labels => ({
    ...ofJob(job),
    error_type: errorType,
  });
  const ofSpan = ({ job, outcome, errorType }: (typeof attempts)[number]): Labels => ({
    messaging_destination_name: job.queue,
    span_name: `process ${job.type}`,
    job_attempt_outcome: outcome,
    error_type: errorType,
    status_code: outcome === 'completed' ? 'STATUS_CODE_UNSET' : 'STATUS_CODE_ERROR',
  });
  const spans = (kind: string, more = ''): string => `${selector},span_kind="SPAN_KIND_${kind}"${more}`;
  return [
    sum('job_enqueued_total', selector, accepted, ofJob, one),
    sum(
      'job_rejected_total',
      selector,
      rejected,
      (job) => ({ ...ofJob(job), job_reject_reason: job.rejected }),
      one,
    ),
    sum('job_retries_total', selector, retried, ofRun, one),
    sum(
      'job_ended_total',
      selector,
      ended,
      (job) => ({ ...ofJob(job), job_outcome: job.end?.outcome, job_abandon_reason: job.end?.reason }),
      one,
    ),
    sum('job_wait_duration_seconds_count', selector, attempts, ({ job }) => ofJob(job), one),
    sum('job_wait_duration_seconds_sum', selector, attempts, ({ job }) => ofJob(job), wait),
    sum('messaging_process_duration_seconds_count', selector, settled, ofRun, one),
    sum('messaging_process_duration_seconds_sum', selector, settled, ofRun, run),
    sum('traces_span_metrics_calls_total', spans('CONSUMER'), attempts, ofSpan, one),
    sum('traces_span_metrics_duration_seconds_count', spans('CONSUMER'), attempts, ofSpan, one),
    sum('traces_span_metrics_duration_seconds_sum', spans('CONSUMER'), attempts, ofSpan, run),
    sum(
      'traces_span_metrics_calls_total',
      spans('PRODUCER'),
      jobs,
      (job) => ({
        messaging_destination_name: job.queue,
        error_type: job.rejected,
        status_code: job.rejected === undefined ? 'STATUS_CODE_UNSET' : 'STATUS_CODE_ERROR',
      }),
      one,
    ),
    sum(
      'traces_span_metrics_calls_total',
      spans('INTERNAL'),
      ended.filter(({ attempts: all, end }) => all.length === 0 && end?.outcome === 'abandoned'),
      (job) => ({
        messaging_destination_name: job.queue,
        span_name: `settle ${job.type}`,
        status_code: WANTED.has(job.end?.reason) ? 'STATUS_CODE_UNSET' : 'STATUS_CODE_ERROR',
      }),
      one,
    ),
    sum(
      'job_turnaround_duration_seconds_count',
      selector,
      ended,
      (job) => ({ ...ofJob(job), job_outcome: job.end?.outcome }),
      one,
    ),
  ];
}

function sum<T>(
  metric: string,
  selector: string,
  items: readonly T[],
  labelsOf: (item: T) => Labels,
  amountOf: (item: T) => number,
): Sum {
  const wanted = new Map<string, Amount>();
  const slack = metric.endsWith('_seconds_sum') ? 1e-6 : 0;
  const names = new Set<string>();
  for (const item of items) {
    const labels = labelsOf(item);
    for (const name of Object.keys(labels)) names.add(name);
    const key = keyOf(labels);
    const before = wanted.get(key) ?? { total: 0, slack: 0 };
    wanted.set(key, { total: before.total + amountOf(item), slack: before.slack + slack });
  }
  const query = `sum by (${[...names]}) (last_over_time(${metric}{${selector}}[1h]))`;
  return { metric, query, wanted };
}

/** Where what Prometheus answers is not what is wanted. */
export function offSum({ metric, wanted }: Sum, samples: readonly PrometheusSample[]): string[] {
  if (wanted.size === 0) return [`nothing is wanted of ${metric}: nothing was shown`];
  const found = new Map(samples.map(({ metric: labels, value }) => [keyOf(labels), Number(value[1])]));
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((key) => {
    const { total, slack } = wanted.get(key) ?? { total: 0, slack: 0 };
    const have = found.get(key) ?? 0;
    return Math.abs(total - have) <= slack ? [] : [`${metric} ${key} is ${have}, not ${total}`];
  });
}

function keyOf(labels: Labels): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([, value]) => value !== undefined && value !== '')
      .sort(),
  );
}
