import type { SoakEvidence } from '../compare/soak.js';
import type { Bound, Verdict } from '../stats/flat.js';
import { isAmiss } from '../stats/flat.js';
import type { Section } from './section.js';
import { table } from './section.js';
import { stackVersions, versionsText } from './versions.js';

export interface SoakResult extends SoakEvidence {
  readonly minutes: number;
  readonly rate: number;
  readonly samples: number;
  readonly mismatches: readonly string[];
  readonly verdicts: readonly Verdict[];
  readonly redis: string;
}

/** A soak as it is told to people. */
export function soakSection(result: SoakResult): Section {
  const { minutes, rate, end, totals, mismatches, verdicts, samples, redis } = result;
  const { ledger } = end;
  const amiss = verdicts.filter(isAmiss).length;
  const short = verdicts.filter(({ trend }) => trend === 'too short to tell').length;
  const text = [
    `**${minutes} minutes of ${rate} jobs a second, ${ledger.accepted.toLocaleString('en')} jobs: ${mismatches.length} mismatches, ${amiss} of ${verdicts.length} not shown to be flat${short > 0 ? `, ${short} too short to tell` : ''}** (${samples} samples after the warm-up)`,
    versionsText(['bullmq'], { Redis: redis, ...stackVersions() }),
    table(
      ['total', 'ledger', 'Prometheus'],
      [
        ['enqueued', ledger.accepted, totals['job.enqueued'] ?? 0],
        ['completed', ledger.returned, totals['job.ended completed'] ?? 0],
        ['abandoned', ledger.abandoned, totals['job.ended abandoned'] ?? 0],
        ['retries', ledger.retries, totals['job.retries'] ?? 0],
        ['attempts', ledger.returned + ledger.threw, totals['messaging.process.duration'] ?? 0],
      ],
    ),
    table(
      ['', 'first', 'last', 'most', 'slope an hour', '95 % interval', 'bound of its upper end', 'verdict'],
      verdicts.map(rowOf),
    ),
    ...mismatches.map((mismatch) => `- mismatch: ${mismatch}`),
  ];
  return { name: 'soak', text: text.join('\n\n') };
}

function rowOf({ bound, first, last, most, slope, trend }: Verdict): string[] {
  const show = (value: number): string => shown(bound, value);
  return [
    bound.unit === '' ? bound.name : `${bound.name}, ${bound.unit}`,
    show(first),
    show(last),
    show(most),
    slope === undefined ? 'too few samples' : show(slope.slope),
    slope === undefined ? '' : `${show(slope.slope - slope.margin)} to ${show(slope.slope + slope.margin)}`,
    show(bound.perHour),
    trend,
  ];
}

function shown({ unit }: Bound, value: number): string {
  const number = unit === 'MiB' ? value / 2 ** 20 : value;
  return Number.isInteger(number) ? String(number) : number.toFixed(2);
}
