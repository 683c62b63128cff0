import { join } from 'node:path';
import type { Stack } from '../../test/e2e/stack/stack.js';
import { startStack } from '../../test/e2e/stack/start.js';
import { waitUntil } from '../../test/e2e/stack/wait.js';
import type { Answer } from './app.js';
import { startApp } from './app.js';
import { backfillRecords } from './backfill.js';
import type { Timing } from './dashboard-queries.js';
import { lastHour, questions, time } from './dashboard-queries.js';
import type { Matrix } from './matrix.js';
import type { Status } from './prometheus-status.js';
import { cpuOf, memoryOf, rulesOf, statusOf } from './prometheus-status.js';

/** One question's time, and what it cost Prometheus. */
export interface Timed extends Timing {
  /** CPU of Prometheus each time, with all else that it did meanwhile. */
  readonly cpuMillis: number;
}

export interface SeriesResult {
  readonly status: Status;
  /** Of each process, the last export through the collector. */
  readonly exports: readonly Answer[];
  readonly prometheusMiB: number;
  readonly collectorMiB: number;
  readonly rules: readonly {
    readonly name: string;
    readonly intervalSeconds: number;
    readonly millis: number;
  }[];
  readonly timings: readonly Timed[];
  /** Of the processes with the limit of label sets as it is by default. */
  readonly byDefault?: readonly Answer[];
}

const MINUTE = 60_000;
/** Label sets of an instrument: above all that the matrix can have. */
const LIMIT = 20_000;
/** As the collector sends them on. */
const BATCH = 5000;
const LIVE = 3;

/** An hour of exports of every process, then some through the collector, then every question of the dashboards. */
export async function measureSeries(
  matrix: Matrix,
  pastMinutes: number,
  say: (line: string) => void,
): Promise<SeriesResult> {
  const stack = await startStack({ name: 'many-queues', services: ['collector', 'prometheus'], say });
  const app = startApp(matrix, LIMIT);
  try {
    const since = Date.now() - (pastMinutes + 2) * MINUTE;
    for (let minute = pastMinutes; minute > 0; minute--) {
      const leg = {
        url: `${stack.prometheus}/api/v1/otlp/v1/metrics`,
        at: since + (pastMinutes - minute + 1) * MINUTE,
      };
      check(await app.export({ rounds: 1, leg: { ...leg, since, most: BATCH } }));
      if (minute % 10 === 0) say(`${minute} minutes of the past to go`);
    }
    const to = Math.floor(Date.now() / MINUTE) * 60;
    say('the records of that hour');
    await backfillRecords(stack.prometheus, dataOf(stack), to - pastMinutes * 60, to - 60);
    let exports: readonly Answer[] = [];
    for (let i = 0; i < LIVE; i++) {
      const began = Date.now();
      exports = check(await app.export({ rounds: 1, leg: { url: `${stack.otlp}/v1/metrics`, since } }));
      await arrived(stack, began / 1000, matrix);
    }
    const { prometheus } = stack;
    await recorded(prometheus);
    const timings = await timeAll(prometheus, stack.service('prometheus').pid);
    return {
      ...{ status: await statusOf(prometheus), exports, timings, rules: await rulesOf(prometheus) },
      prometheusMiB: await memoryOf(stack.service('prometheus').pid),
      collectorMiB: await memoryOf(stack.service('collector').pid),
    };
  } finally {
    await app.stop();
    await stack.stop();
  }
}

/** Every question of the dashboards, three times each. */
export async function timeAll(prometheus: string, pid: number | undefined, times = 3): Promise<Timed[]> {
  const timed: Timed[] = [];
  for (const question of await questions(prometheus, lastHour())) {
    const before = await cpuOf(pid);
    const timing = await time(prometheus, question, times);
    timed.push({ ...timing, cpuMillis: ((await cpuOf(pid)) - before) / times });
  }
  return timed;
}

function check(answers: readonly Answer[]): readonly Answer[] {
  for (const { sent } of answers)
    if (sent.failed !== undefined) throw new Error(`an export failed: ${sent.failed}`);
  return answers;
}

/** Until what each process exported through the collector is in Prometheus. */
async function arrived(
  { prometheus }: Stack,
  after: number,
  { processes, queues, types }: Matrix,
): Promise<void> {
  const query = `count(timestamp(job_enqueued_total) > ${after})`;
  await waitUntil(5 * MINUTE, 'Prometheus to have the export', async () => {
    const response = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0) >= processes * queues * types;
  });
}

/** Until the rules have recorded what came last: without a fresh record the dashboards ask the series themselves. */
async function recorded(prometheus: string): Promise<void> {
  await waitUntil(10 * MINUTE, 'the rules to record the last export', async () => {
    const search = new URLSearchParams({
      query: 'count({__name__="job_type:job_active:sum"})',
      time: String(lastHour().to),
    });
    const response = await fetch(`${prometheus}/api/v1/query?${search}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0) > 0;
  });
}

/** Where Prometheus has its blocks. */
function dataOf(stack: Stack): string {
  const { logFile } = stack.service('prometheus');
  return join(logFile.replace(/\.log$/, ''), 'prometheus-data');
}
