import type { PrometheusSample } from '../read/prometheus.js';
import { queryPrometheus } from '../read/prometheus.js';
import { settle } from '../settle.js';
import type { Play } from '../subjects/job-queue.js';
import { startPlay } from '../subjects/job-queue.js';
import type { Step } from './step.js';
import { compareWhole } from './whole-runs.js';

// The collector gives out what it made of spans every five seconds.
const ARRIVAL_MILLIS = 60_000;
const OURS = 'service_name="job-queue",messaging_system_name="signalbox"';

/** Alone it would otherwise have nothing to compare. */
const PLAY: Play = {
  name: 'a short run for the metrics of its spans',
  jobs: 200,
  seed: 51,
  relation: 'link',
  timeoutMillis: 60,
  flags: ['--speed', '150', '--workers', '2', '--capacity', '10', '--hang', '0.05'],
};

/** Sums of the last samples by labels that are renamed to those of our own. */
const SUMS = {
  'attempts by type and error': {
    own: sumOf('messaging_process_duration_seconds_count', 'job_type, error_type'),
    derived: typed(
      sumOf('traces_span_metrics_calls_total', 'span_name, error_type', 'span_kind="SPAN_KIND_CONSUMER"'),
    ),
  },
  'seconds of attempts by type': {
    own: sumOf('messaging_process_duration_seconds_sum', 'job_type'),
    derived: typed(
      sumOf('traces_span_metrics_duration_seconds_sum', 'span_name', 'span_kind="SPAN_KIND_CONSUMER"'),
    ),
  },
  'attempts by type and bucket of their duration': {
    own: sumOf('messaging_process_duration_seconds_bucket', 'job_type, le'),
    derived: typed(
      sumOf('traces_span_metrics_duration_seconds_bucket', 'span_name, le', 'span_kind="SPAN_KIND_CONSUMER"'),
    ),
  },
  'failed attempts': {
    own: sumOf('messaging_process_duration_seconds_count', 'error_type', 'error_type!=""'),
    derived: sumOf(
      'traces_span_metrics_calls_total',
      'error_type',
      'span_kind="SPAN_KIND_CONSUMER",status_code="STATUS_CODE_ERROR"',
    ),
  },
  'accepted jobs': {
    own: sumOf('job_enqueued_total', 'messaging_destination_name'),
    derived: sumOf(
      'traces_span_metrics_calls_total',
      'messaging_destination_name',
      'span_kind="SPAN_KIND_PRODUCER",status_code="STATUS_CODE_UNSET"',
    ),
  },
  'rejected jobs by reason': {
    own: renamed(sumOf('job_rejected_total', 'job_reject_reason'), 'error_type', 'job_reject_reason', '(.+)'),
    derived: sumOf(
      'traces_span_metrics_calls_total',
      'error_type',
      'span_kind="SPAN_KIND_PRODUCER",error_type!=""',
    ),
  },
} as const;

export const spanMetrics: Step = {
  name: 'span-metrics',
  shows: 'the metrics that the collector makes of the spans agree with our own, over all runs so far',
  async run(scene) {
    const { stack, say } = scene;
    const { jobs, mismatches: ofRun } = await compareWhole(scene, await startPlay(PLAY, stack.otlp).ended);
    const mismatches = [...ofRun];
    for (const [what, { own, derived }] of Object.entries(SUMS)) {
      let series = 0;
      const amiss = await settle(ARRIVAL_MILLIS, async () => {
        const [ours, theirs] = await Promise.all([
          queryPrometheus(stack.prometheus, own),
          queryPrometheus(stack.prometheus, derived),
        ]);
        series = ours.length;
        return [...(series === 0 ? ['our own have no series'] : []), ...differences(ours, theirs)];
      });
      mismatches.push(...amiss.map((text) => `${what}: ${text}`));
      say(`${what}: ${series} sums agree`);
    }
    return { jobs, mismatches };
  },
};

function sumOf(metric: string, by: string, labels = ''): string {
  const selector = [OURS, labels].filter(Boolean).join(',');
  return `sum by (${by}) (last_over_time(${metric}{${selector}}[6h]))`;
}

function renamed(query: string, to: string, from: string, pattern: string): string {
  return `sum without (${from}) (label_replace(${query}, "${to}", "$1", "${from}", "${pattern}"))`;
}

/** `process email` is a span's name, and `email` the type. */
function typed(query: string): string {
  return renamed(query, 'job_type', 'span_name', 'process (.+)');
}

/** Sums of the same labels that are not the same. */
export function differences(
  ours: readonly PrometheusSample[],
  theirs: readonly PrometheusSample[],
): string[] {
  const [own, derived] = [byLabels(ours), byLabels(theirs)];
  return [...new Set([...own.keys(), ...derived.keys()])].flatMap((labels) => {
    const [a = 0, b = 0] = [own.get(labels), derived.get(labels)];
    // Sums of seconds are added up in another order.
    return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a))
      ? []
      : [`${labels} is ${a} by ours and ${b} by the spans`];
  });
}

function byLabels(samples: readonly PrometheusSample[]): Map<string, number> {
  return new Map(
    samples.map(({ metric, value }) => [JSON.stringify(Object.entries(metric).sort()), Number(value[1])]),
  );
}
