import type { ClockEngine, ClockResult } from '../clock/run.js';
import type { Section } from './section.js';
import { table } from './section.js';
import { versionsText } from './versions.js';

/** Jumps of the clock as they are told to people. */
export function clockSection(results: ReadonlyMap<ClockEngine, ClockResult>): Section {
  const all = [...results.values()];
  const mismatches = all.flatMap((result) => result.mismatches);
  const jobs = all.reduce((sum, result) => sum + result.jobs, 0);
  const packages = [...results.keys()].filter((name) => name !== 'memory');
  const stores = Object.fromEntries(
    [...results].flatMap(([engine, { storeVersion }]) =>
      storeVersion === undefined ? [] : [[engine === 'bullmq' ? 'Redis' : 'PostgreSQL', storeVersion]],
    ),
  );
  const rows = [...results].map(([engine, result]) => [
    engine,
    result.jobs,
    result.attempts,
    result.jumps,
    `${result.waits.told} / ${result.waits.absent}`,
    `${result.turnarounds.told} / ${result.turnarounds.absent}`,
    result.mismatches.length,
  ]);
  const text = [
    `**${jobs.toLocaleString('en')} jobs: ${mismatches.length} mismatches**`,
    versionsText(packages, stores),
    table(
      [
        'engine',
        'jobs',
        'attempts',
        'jumps',
        'waits told / absent',
        'turnarounds told / absent',
        'mismatches',
      ],
      rows,
    ),
    ...mismatches.slice(0, 10).map((mismatch) => `- mismatch: ${mismatch}`),
  ];
  return { name: 'clock-jumps', text: text.join('\n\n') };
}
