import { isDeepStrictEqual } from 'node:util';
import type { Received } from '../../support/otlp-model.js';
import { ask } from '../read/ask.js';
import { queryPrometheus } from '../read/prometheus.js';
import type { Backends } from '../read/received.js';
import { readBack } from '../read/received.js';
import { settle } from '../settle.js';
import type { Play } from '../subjects/job-queue.js';
import { startPlay } from '../subjects/job-queue.js';
import type { Step } from './step.js';
import { compareWhole } from './whole-runs.js';

const ARRIVAL_MILLIS = 60_000;

const PLAY: Play = {
  name: 'payments to a second collector as well',
  jobs: 400,
  seed: 21,
  relation: 'parent',
  timeoutMillis: 60,
  flags: ['--speed', '100', '--workers', '6', '--capacity', '40', '--hang', '0.03'],
};

export const twoDestinations: Step = {
  name: 'two-destinations',
  shows: 'the second of two collectors gets what its routes say and nothing else, the first gets everything',
  async run(scene) {
    const { stack, second, say } = scene;
    if (second === undefined) {
      say('left out: compose publishes fixed ports, so there is only one collector; run it natively');
      return { jobs: 0, mismatches: [] };
    }
    const route = ['--otlp2', second.otlp, '--route2', 'PAYMENT_*'];
    const played = await startPlay(PLAY, stack.otlp, route).ended;
    const whole = await compareWhole(scene, played);
    const wanted = routed(await readBack(stack, played.key));
    const amiss = await settle(ARRIVAL_MILLIS, async () => [
      ...differences(wanted, await readBack(second, played.key)),
      ...(await strangers(second)),
    ]);
    const routes = Object.entries(wanted);
    say(`the second has ${routes.map(([what, items]) => `${items.length} ${what}`).join(', ')}`);
    const empty = routes.filter(([, items]) => items.length === 0);
    return {
      jobs: whole.jobs,
      mismatches: [
        ...whole.mismatches,
        ...amiss,
        ...empty.map(([what]) => `the first has no ${what} of payments: nothing was shown`),
      ],
    };
  },
};

/** What the route picks of everything: the records, the spans that were active then, the instruments that the signal feeds. */
export function routed({ spans, logs, series }: Received): Received {
  const paid = (name: string | undefined): boolean => name === 'payment.processed';
  return {
    logs: logs.filter(({ eventName }) => paid(eventName)),
    spans: spans.filter(({ events }) => events.some(({ name }) => paid(name))),
    series: series.filter(({ metric }) => metric.startsWith('payment.')),
  };
}

/** What the second destination has otherwise than it should. */
export function differences(wanted: Received, found: Received): string[] {
  const times = ({ series }: Received) => series.map((one) => ({ ...one, time: '' }));
  return [
    ...compareLists('log records', wanted.logs, found.logs),
    ...compareLists('spans', wanted.spans, found.spans),
    ...compareLists('series', times(wanted), times(found)),
  ];
}

function compareLists(what: string, wanted: readonly unknown[], found: readonly unknown[]): string[] {
  const lacks = wanted.filter((one) => !found.some((other) => isDeepStrictEqual(one, other)));
  const surplus = found.filter((one) => !wanted.some((other) => isDeepStrictEqual(one, other)));
  const count =
    found.length === wanted.length ? [] : [`the second has ${found.length} ${what}, not ${wanted.length}`];
  return [
    ...count,
    ...lacks.map((one) => `the second lacks, of the ${what}, ${JSON.stringify(one)}`),
    ...surplus.map((one) => `the second has, of the ${what}, what the first has not: ${JSON.stringify(one)}`),
  ];
}

/** Whatever else came there, by whatever name: what its own collector made of the spans it got is no stranger. */
async function strangers({ jaeger, loki, prometheus }: Backends): Promise<string[]> {
  const services = await ask<{ data: string[] }>(`${jaeger}/api/services`);
  const streams = await ask<{ data?: string[] }>(`${loki}/loki/api/v1/label/service_name/values`);
  const names = await queryPrometheus(prometheus, 'count by (__name__) ({job!="otel-collector",job!=""})');
  const others = (list: readonly string[]): string[] => list.filter((name) => name !== 'job-queue');
  return [
    ...others(services.data).map((name) => `the second Jaeger knows the service ${name}`),
    ...others(streams.data ?? []).map((name) => `the second Loki knows the service ${name}`),
    ...names
      .map(({ metric }) => metric.__name__ ?? '')
      .filter((name) => !/^(payment_|traces_span_metrics_|target_info$)/.test(name))
      .map((name) => `the second Prometheus knows the metric ${name}`),
  ];
}
