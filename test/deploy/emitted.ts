import type { MetricData } from '@opentelemetry/sdk-metrics';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { createSignalbox } from 'signalbox';
import { createJobs, SCHEDULE_MISSED } from 'signalbox/jobs';
import { filtered } from 'signalbox/sinks';
import {
  DATA_PROCESSED,
  EMAIL_SENT,
  PAYMENT_PROCESSED,
  REPORT_GENERATED,
} from '../../examples/job-queue/signals.js';
import { underscored } from '../e2e/read/keys.js';
import { prometheusName } from '../e2e/read/metric-names.js';
import { pointsOf, resetOtel, startOtel } from '../support/otel.js';

/** A metric as it was really sent, and what Prometheus makes of it. */
export interface Emitted {
  readonly name: string;
  /** What it is called in Prometheus: a histogram with its parts. */
  readonly prometheus: string;
  readonly series: readonly string[];
  /** As Prometheus has them, with those of a bucket. */
  readonly labels: ReadonlySet<string>;
  readonly isExample: boolean;
}

/** Everything that can happen to jobs and to telemetry happens once, with a real SDK: the metrics of that. */
export async function emittedMetrics(): Promise<Emitted[]> {
  const otel = startOtel();
  try {
    const box = createSignalbox({
      destinations: {
        alerts: filtered(
          () => undefined,
          ({ signal }) => signal === 'JOB_FAILED',
        ),
      },
      routes: [
        { signals: '*', to: 'otel' },
        { signals: 'JOB_*', to: 'alerts' },
      ],
    });
    const jobs = createJobs(box);
    playJobs(jobs.queue('mail', { namespace: 'tenant-1', types: ['welcome'], capacity: 10 }));
    const nightly = { schedule: 'nightly', queue: 'mail', namespace: 'tenant-1', system: 'signalbox' };
    box.emit(SCHEDULE_MISSED, { ...nightly, missed: 1, due_at: 0 });
    const { schedule, queue, namespace } = nightly;
    jobs.schedule(schedule, { everyMillis: 60_000, queue, namespace }).completed();
    const library = new Set((await otel.metrics()).keys());
    box.emit(EMAIL_SENT, { job_id: 'a', to: 'b', subject: 'c', template: 'd' });
    box.emit(REPORT_GENERATED, { job_id: 'a', report_id: 'b', report_type: 'c', user_id: 'd' });
    box.emit(DATA_PROCESSED, { job_id: 'a', data_source: 'b', operation: 'c' });
    box.emit(PAYMENT_PROCESSED, { job_id: 'a', user: 'b', card_holder: 'c', currency: 'EUR', amount: 1 });
    // A sink's outcome is counted in a turn of its own.
    await box.forceFlush({ timeoutMillis: 5000 });
    const all = [...(await otel.metrics()).values()];
    await box.shutdown();
    return all.map((metric) => emitted(metric, !library.has(metric.descriptor.name)));
  } finally {
    await otel.shutdown();
    resetOtel();
  }
}

function playJobs(queue: ReturnType<ReturnType<typeof createJobs>['queue']>): void {
  const job = { id: 'job-1', type: 'welcome', maxAttempts: 3 };
  const attempt = (number: number) =>
    queue.attempt({ job, number, worker, runnableAt: queue.now(), firstRunnableAt: queue.now() });
  const worker = queue.worker('worker-1');
  worker.started();
  queue.enqueue(job).accepted();
  queue.enqueue(job).rejected('queue_full');
  queue.stalled(job);
  attempt(1).failed(new Error('first'), { retry: true });
  attempt(2).failed(new Error('second'), { retry: false, reason: 'max_attempts' });
  attempt(3).completed();
  queue.monitor({
    depth: () => ({ waiting: 1, delayed: 1, active: 1, blocked: 1, paused: 1 }),
    oldestAgeMillis: () => 1,
  });
}

function emitted(metric: MetricData, isExample: boolean): Emitted {
  const { descriptor, dataPointType } = metric;
  const isHistogram = dataPointType === DataPointType.HISTOGRAM;
  const base = prometheusName({
    metric: descriptor.name,
    unit: descriptor.unit,
    kind: isHistogram ? 'histogram' : dataPointType === DataPointType.SUM ? 'sum' : 'gauge',
    monotonic: dataPointType === DataPointType.SUM ? metric.isMonotonic : undefined,
  });
  const labels = pointsOf(metric).flatMap(({ labels }) => Object.keys(labels).map(underscored));
  return {
    name: descriptor.name,
    prometheus: base,
    series: isHistogram ? ['_bucket', '_count', '_sum'].map((part) => base + part) : [base],
    labels: new Set(isHistogram ? [...labels, 'le'] : labels),
    isExample,
  };
}
