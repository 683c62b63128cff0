import { whereabouts } from '../compare/accounts.js';
import type { ProcessEvidence } from '../compare/evidence.js';
import type { EngineName } from '../engines/engine.js';
import type { TruthFlags } from '../flags.js';
import type { Fallen } from '../run/crew.js';
import type { TruthResult } from '../run/truth-run.js';
import type { Section } from './section.js';
import { table } from './section.js';
import { stackVersions, versionsText } from './versions.js';

/** A run as it is told to people. */
export async function truthSection(
  engine: EngineName,
  flags: TruthFlags,
  { evidence, comparison, disturbances, fallen, seconds, storeVersion }: TruthResult,
): Promise<Section> {
  const { mismatches, accounts, told } = comparison;
  const fell = new Set(fallen.map(({ name }) => name));
  const killed = evidence.processes.filter(({ name, killed }) => killed && !fell.has(name)).length;
  const of = (victim: string): number => disturbances.filter((one) => one.victim === victim).length;
  const runs = evidence.processes.flatMap(({ facts }) => facts.filter(({ fact }) => fact === 'begin')).length;
  const stored = [...evidence.store.values()];
  const store = engine === 'bullmq' ? 'Redis' : 'PostgreSQL';
  const rows = evidence.processes.flatMap((process) =>
    (['spans', 'logs'] as const).map((channel) => {
      const counts = accounts.of(process.name, channel);
      const { failed, dropped } = process.lost[channel];
      return [
        nameOf(process, fell),
        channel === 'logs' ? 'records' : 'spans',
        ...whereabouts.map((where) => counts[where]),
        `${failed} / ${dropped}`,
      ];
    }),
  );
  const text = [
    `**${flags.jobs.toLocaleString('en')} jobs: ${mismatches.length} mismatches** (seed ${flags.seed}, ${flags.rate} a second, ${seconds.toFixed(0)} s)`,
    versionsText([engine], { [store]: storeVersion, ...stackVersions() }),
    `${killed} of ${evidence.processes.length} processes were killed; ${store} crashed ${of('store')}×, the collector ${of('collector')}×, Jaeger ${of('jaeger')}×. ` +
      `${runs} runs of handlers; the store has ${stored.filter(({ state }) => state === 'completed').length} jobs completed and ${stored.filter(({ state }) => state === 'failed').length} failed. ` +
      `Jaeger has ${evidence.spans.length} spans, Loki's stand-in was sent ${evidence.logs.length} records.`,
    table(
      [
        'process',
        'what',
        'arrived',
        'export failed',
        'dropped',
        'killed with it',
        'delivered and gone',
        'stats(): failed / dropped',
      ],
      rows,
    ),
    fallenText(fallen),
    told.size === 0 ? '' : `Counted besides: ${[...told].map(([what, n]) => `${n} ${what}`).join('; ')}.`,
    ...mismatches.slice(0, 10).map((mismatch) => `- mismatch: ${mismatch}`),
  ];
  return { name: `truth-${engine}`, text: text.filter(Boolean).join('\n\n') };
}

function nameOf({ name, killed }: ProcessEvidence, fell: ReadonlySet<string>): string {
  return fell.has(name) ? `${name}, ended by itself` : killed ? `${name}, killed` : name;
}

function fallenText(fallen: readonly Fallen[]): string {
  const reasons = new Map<string, number>();
  for (const { why } of fallen) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  const told = [...reasons].map(([why, n]) => `${n} of \`${why}\``);
  return told.length === 0
    ? ''
    : `${fallen.length} workers ended by themselves, and were replaced: ${told.join('; ')}.`;
}
