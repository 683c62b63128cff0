import type { Stats } from 'signalbox';
import type { Paint } from './paint.js';
import { JOB_TYPES } from './plan.js';
import type { JobCounts } from './queue/index.js';
import type { SeenSpan } from './seen-span.js';
import type { Cell } from './table.js';
import { table } from './table.js';
import type { Tally, TypeTally } from './tally.js';
import { timeText } from './time-text.js';
import { waterfall, waterfallTitle } from './waterfall.js';

/** What a run left behind. */
export interface Outcome {
  readonly counts: JobCounts;
  readonly tally: Tally;
  readonly stats: Stats;
  /** The spans of a job that was retried, if there was one. */
  readonly retried: readonly SeenSpan[] | undefined;
  readonly tookMillis: number;
  /** From when the waterfall's times count, in epoch milliseconds; from the beginning of the job where there is none. */
  readonly since: number | undefined;
  /** Further lines: where things went. */
  readonly notes: readonly string[];
  /** What to try next, a line each. */
  readonly tries: readonly string[];
}

/** The end of a run, for a person. */
export function summary(outcome: Outcome, paint: Paint): string {
  const { counts, tally, stats, retried, tookMillis, since, notes, tries } = outcome;
  const section = (title: string, lines: readonly string[]): string[] => ['', paint.bold(title), ...lines];
  return [
    ...section(`Jobs, after ${timeText(tookMillis)}`, [
      ...conservation(counts, tally, paint),
      '',
      ...typeTable(tally, paint),
    ]),
    ...section('Signals, by destination', [...destinationTable(stats, paint), ...losses(stats, paint)]),
    ...(retried === undefined
      ? section('No job was tried more than once', [])
      : section(`A retried job: ${waterfallTitle(retried)}`, waterfall(retried, paint, since))),
    '',
    ...notes.map((note) => paint.dim(note)),
    ...(tries.length === 0 ? [''] : section('Try next', tries)),
  ].join('\n');
}

/** The law of the queue: what was accepted is somewhere. */
function conservation(counts: JobCounts, tally: Tally, paint: Paint): string[] {
  const { accepted, completed, abandoned, waiting, delayed, active } = counts;
  const rejected = [...tally.types.values()].reduce((total, type) => total + type.rejected, 0);
  const holds = accepted === completed + abandoned + waiting + delayed + active;
  const n = (value: number): string => value.toLocaleString('en');
  return [
    `  ${n(accepted + rejected)} offered = ${n(accepted)} accepted + ${n(rejected)} rejected`,
    `  ${n(accepted)} accepted = ${n(completed)} completed + ${n(abandoned)} abandoned + ${n(waiting)} waiting + ` +
      `${n(delayed)} delayed + ${n(active)} active ${holds ? paint.green('✓') : paint.red('✗ a job is lost')}`,
  ];
}

function typeTable(tally: Tally, paint: Paint): string[] {
  const head = ['type', 'accepted', 'rejected', 'attempts', 'failed', 'retries', 'completed'];
  const rows = JOB_TYPES.flatMap((type) => {
    const t = tally.types.get(type);
    return t === undefined ? [] : [typeRow(type, t)];
  });
  return table([...head, 'abandoned', 'per attempt'], rows, 1, paint);
}

function typeRow(type: string, t: TypeTally): Cell[] {
  const each = t.attempts === 0 ? '' : timeText(t.workMillis / t.attempts);
  const counts = [t.accepted, t.rejected, t.attempts, t.failed, t.retries, t.returned];
  return [type, ...counts, t.accepted - t.returned, each.padStart('per attempt'.length)];
}

function destinationTable({ destinations }: Stats, paint: Paint): string[] {
  const rows = Object.entries(destinations).flatMap(([name, { channels }]) =>
    Object.entries(channels)
      .filter(([, c]) => c.routed > 0)
      .map(([channel, c]): Cell[] => [
        name,
        CHANNELS[channel] ?? channel,
        c.routed,
        c.delivered,
        c.handedOver,
        sum(c.dropped),
        c.failed,
        c.queued,
      ]),
  );
  const head = [
    'destination',
    'channel',
    'routed',
    'delivered',
    'handed over',
    'dropped',
    'failed',
    'queued',
  ];
  return table(head, rows, 2, paint);
}

const CHANNELS: Readonly<Record<string, string>> = {
  logs: 'log records',
  spanEvents: 'span events',
  sink: 'lines',
};

/** What was dropped, and why; nothing where nothing was. */
function losses({ destinations, unrouted }: Stats, paint: Paint): string[] {
  const dropped = Object.entries(destinations).flatMap(([name, { channels }]) =>
    Object.entries(channels).flatMap(([channel, counts]) =>
      Object.entries(counts.dropped).map(
        ([reason, n]) => `${n.toLocaleString('en')} ${CHANNELS[channel] ?? channel} of ${name} (${reason})`,
      ),
    ),
  );
  if (unrouted > 0) dropped.push(`${unrouted.toLocaleString('en')} that no route takes`);
  return dropped.length === 0 ? [] : [`  ${paint.yellow('dropped')}: ${dropped.join(', ')}`];
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}
