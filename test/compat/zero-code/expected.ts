import type { ZeroCodeCell } from './cells.js';

/** What must arrive of an app. */
export interface ExpectedOfEngine {
  /** Each with its parent and its events. */
  readonly spans: readonly string[];
  readonly traces: number;
  /** Each with the span that it happened on, but that a worker is busy or idle: how often it is so is a matter of moments. */
  readonly logs: readonly string[];
  /** What was counted, over all series. */
  readonly metrics: Readonly<Record<string, number>>;
}

const METRICS = {
  'job.enqueued': 1,
  'job.wait.duration': 2,
  'messaging.process.duration': 2,
  'job.retries': 1,
  'job.ended': 1,
  'job.turnaround.duration': 1,
};

function orderOf(enqueue: string, process: string): ExpectedOfEngine {
  return {
    spans: [
      'checkout: ',
      `checkout > ${enqueue}: job.queued`,
      `${enqueue} > ${process}: job.started, job.failed, job.retrying`,
      `${enqueue} > ${process}: job.started, job.completed`,
      `${process} > send mail: `,
      `${process} > send mail: `,
    ].sort(),
    traces: 1,
    logs: [
      `job.queued on ${enqueue}`,
      `job.started on ${process}`,
      `job.failed on ${process}`,
      `job.retrying on ${process}`,
      `job.started on ${process}`,
      `job.completed on ${process}`,
      'worker.started on no span',
      'worker.stopped on no span',
    ].sort(),
    metrics: METRICS,
  };
}

/** What must arrive of the apps, by engine. */
export const EXPECTED: Readonly<Record<ZeroCodeCell['engine'], ExpectedOfEngine>> = {
  bullmq: orderOf('enqueue receipt', 'process receipt'),
  'pg-boss': orderOf('enqueue mail', 'process mail'),
};
