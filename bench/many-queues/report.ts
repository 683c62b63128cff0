import { quantile } from '../spread.js';
import type { Answer } from './app.js';
import type { Matrix } from './matrix.js';
import type { Load } from './monitors/load.js';
import type { SeriesResult, Timed } from './series.js';
import type { Way } from './ways.js';

const n = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

export function seriesReport(matrix: Matrix, result: SeriesResult): string {
  const { queues, types, processes } = matrix;
  const { status, exports, rules, prometheusMiB, collectorMiB } = result;
  const [first] = exports as readonly [Answer];
  return [
    `### Series: ${queues} queues × ${types} types × ${processes} processes, each type in each queue and process`,
    '',
    `${n(status.series)} series in Prometheus, which has ${n(prometheusMiB)} MiB in memory for an hour of one export a minute; the collector has ${n(collectorMiB)} MiB. A process sends ${n(first.sent.points)} points in ${n(first.sent.bytes / 2 ** 20, 1)} MiB an export (protobuf, not compressed).`,
    '',
    table(
      ['metric', 'series'],
      status.metrics.map(({ name, value }) => [`\`${name}\``, n(value)]),
    ),
    '',
    table(
      ['rules', 'every, s', 'evaluated in, ms'],
      rules.map(({ name, intervalSeconds, millis }) => [name, n(intervalSeconds), n(millis)]),
    ),
    '',
  ].join('\n');
}

export function timingReport(title: string, timings: readonly Timed[]): string {
  const rows = [...timings].sort((a, b) => median(b.millis) - median(a.millis));
  return [
    `### ${title}`,
    '',
    table(
      ['question', 'median, ms', 'worst, ms', 'CPU, ms', 'lines', 'KiB'],
      rows.map(({ where, millis, cpuMillis, series, bytes, failed }) => [
        failed === undefined ? where : `${where}: ${failed}`,
        n(median(millis)),
        n(Math.max(...millis)),
        n(cpuMillis),
        n(series),
        n(bytes / 1024),
      ]),
    ),
    '',
  ].join('\n');
}

export function waysReport(ways: readonly Way[]): string {
  return [
    '### One process, in other ways',
    '',
    table(
      ['way', 'series', 'points', 'MiB an export'],
      ways.map(({ name, series, points, bytes }) => [name, n(series), n(points), n(bytes / 2 ** 20, 1)]),
    ),
    '',
  ].join('\n');
}

export function loadReport(loads: readonly Load[]): string {
  return [
    '### Monitors, at their default interval of 15 s',
    '',
    table(
      [
        'engine',
        'queues',
        'queries a minute',
        'ms of the server a minute',
        'ms of CPU of the app a minute',
        'at most in 100 ms',
      ],
      loads.map(({ engine, queues, queries, millis, ownMillis, burst }) => [
        ...[engine, n(queues), n(queries), n(millis), n(ownMillis), n(burst)],
      ]),
    ),
    '',
  ].join('\n');
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
