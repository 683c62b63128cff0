import { readFile } from 'node:fs/promises';
import { ask } from '../../test/e2e/read/ask.js';

export interface Status {
  readonly series: number;
  /** Those with the most series first. */
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
}

export async function statusOf(prometheus: string): Promise<Status> {
  const { data } = await ask<{
    data: { headStats: { numSeries: number }; seriesCountByMetricName: { name: string; value: number }[] };
  }>(`${prometheus}/api/v1/status/tsdb`, { limit: '60' });
  return { series: data.headStats.numSeries, metrics: data.seriesCountByMetricName };
}

/** How long each group of rules took when it was evaluated last, in milliseconds. */
export async function rulesOf(
  prometheus: string,
): Promise<readonly { readonly name: string; readonly intervalSeconds: number; readonly millis: number }[]> {
  const { data } = await ask<{
    data: { groups: { name: string; interval: number; evaluationTime: number }[] };
  }>(`${prometheus}/api/v1/rules`);
  return data.groups.map(({ name, interval, evaluationTime }) => ({
    ...{ name, intervalSeconds: interval, millis: evaluationTime * 1000 },
  }));
}

/** What a process has in memory, in MiB. */
export async function memoryOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]) / 1024;
}

/** CPU time that a process has had, in milliseconds. */
export async function cpuOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
