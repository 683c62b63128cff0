import { ask } from '../read/ask.js';
import { queryPrometheus } from '../read/prometheus.js';
import { settle } from '../settle.js';
import { startNode } from '../subjects/child.js';
import type { Told, Way } from '../subjects/two-boxes-told.js';
import { ways } from '../subjects/two-boxes-told.js';
import type { Step } from './step.js';

const RUN_MILLIS = 60_000;
const ARRIVAL_MILLIS = 15_000;
/** Prometheus extrapolates from the first and the last sample to the ends of the time that is asked for. */
const EXTRAPOLATED = 0.01;

/** Epoch seconds, and the value. */
type Sample = readonly [number, string];

/** One series, with all its samples. */
interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly Sample[];
}

export const twoBoxes: Step = {
  name: 'two-boxes',
  shows: 'increase() over the boxes of one process that export to one endpoint is what they emitted',
  async run({ stack, say }) {
    const mismatches: string[] = [];
    for (const way of ways) {
      const service = `two-boxes ${way} ${Date.now()}`;
      const args = ['test/e2e/subjects/two-boxes.ts', stack.otlp, way];
      const printed = await startNode(args, { OTEL_SERVICE_NAME: service }, RUN_MILLIS).ended;
      const told = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Told;
      const found = await settle(ARRIVAL_MILLIS, () => amiss(stack.prometheus, service, told));
      say(`${way}: ${told.emits} emits of ${told.size}`);
      mismatches.push(...found.map((text) => `${way satisfies Way}: ${text}`));
    }
    const refusals = (await stack.tail('collector', 1000)).split('\n').filter((line) => REFUSED.test(line));
    return { jobs: 0, mismatches: [...mismatches, ...refusals.slice(0, 3)] };
  },
};

/** What Prometheus says of samples that it has others of already. */
const REFUSED = /duplicate sample|out of order/i;

async function amiss(prometheus: string, service: string, { emits, size }: Told): Promise<string[]> {
  const wanted: Readonly<Record<string, number>> = {
    thing_done_total: emits,
    thing_bytes_total: size,
    thing_level: size,
    thing_size_sum: size,
    thing_size_count: emits,
  };
  const found = await Promise.all(
    Object.entries(wanted).map(async ([name, total]) => {
      const series = await samples(prometheus, `${name}{service_name="${service}"}`);
      const last = series.reduce((sum, { values }) => sum + Number(values.at(-1)?.[1]), 0);
      const sums = last === total ? [] : [`the last values of ${name} are ${last}, not ${total}`];
      return name === 'thing_level' ? sums : [...sums, ...(await rises(prometheus, name, series))];
    }),
  );
  return found.flat();
}

/** What Prometheus's own functions say otherwise than the samples that a series began and ended with. */
async function rises(prometheus: string, name: string, series: readonly Series[]): Promise<string[]> {
  const all = await Promise.all(series.map((one) => riseOf(prometheus, one)));
  const total = (of: (one: Rise) => number): number => all.reduce((sum, one) => sum + of(one), 0);
  const [sampled, increase, resets] = [
    total((one) => one.sampled),
    total((one) => one.increase),
    total((one) => one.resets),
  ];
  return [
    ...(Math.abs(increase - sampled) <= EXTRAPOLATED * sampled
      ? []
      : [`increase() of ${name} is ${increase}, not ${sampled}`]),
    ...(resets === 0 ? [] : [`${name} was reset ${resets} times`]),
  ];
}

/** What one series rose by: from its first sample to its last, and as Prometheus says. */
interface Rise {
  readonly sampled: number;
  readonly increase: number;
  readonly resets: number;
}

async function riseOf(prometheus: string, { metric, values }: Series): Promise<Rise> {
  const [[from, first], [to, last]] = [values[0], values.at(-1)] as [Sample, Sample];
  const labels = Object.entries(metric).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  const range = `{${labels.join(',')}}[${Math.ceil((to - from) * 1000) + 1}ms] @ ${to}`;
  const of = async (query: string): Promise<number> =>
    Number((await queryPrometheus(prometheus, query))[0]?.value[1]);
  return {
    sampled: Number(last) - Number(first),
    increase: await of(`increase(${range})`),
    resets: await of(`resets(${range})`),
  };
}

async function samples(prometheus: string, selector: string): Promise<readonly Series[]> {
  const answer = await ask<{ data: { result: Series[] } }>(`${prometheus}/api/v1/query`, {
    query: `${selector}[1h]`,
  });
  return answer.data.result;
}
