import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describedIn } from './run/places.js';
import type { Column, SetUp } from './set-up.js';
import { COLUMNS } from './set-up.js';

const HEADINGS: Readonly<Record<Column, string>> = {
  logs: 'logs',
  spanEvents: 'span events',
  trace: 'spans in one trace',
  metrics: 'metrics',
  describe: '`describe()` true',
  own: "app's own unchanged",
};

/** The version of a set-up's package that it is pinned to. */
export function versionOf(setUp: SetUp): string {
  const { dependencies } = JSON.parse(readFileSync(join(describedIn(setUp), 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const version = dependencies[setUp.package];
  if (version === undefined) throw new Error(`${setUp.name}: ${setUp.package} is not in its package.json`);
  return version;
}

/** What a cell has to be. */
export function expectedCell({ expected }: SetUp, column: Column): string {
  return expected?.[column]?.cell ?? 'yes';
}

/** The table with its footnotes, as Markdown, of what is expected of each set-up. */
export function distributionsTable(setUps: readonly SetUp[]): string {
  const notes: string[] = [];
  const mark = (note: string, setUp: SetUp): string => {
    const text = `\`${setUp.package}\` ${versionOf(setUp)}: ${note}`;
    if (!notes.includes(text)) notes.push(text);
    return ` (${notes.indexOf(text) + 1})`;
  };
  const rows = setUps.map((setUp) => {
    const cells = COLUMNS.map((column) => {
      const exception = setUp.expected?.[column];
      return exception ? `${exception.cell}${mark(exception.note, setUp)}` : 'yes';
    });
    const marks = (setUp.notes ?? []).map((note) => mark(note, setUp)).join('');
    const what = `${setUp.title}${marks}<br>\`${setUp.package}\` ${versionOf(setUp)}<br>${setUp.start}`;
    return `| ${[what, ...cells].join(' | ')} |`;
  });
  const headings = ['set-up', ...COLUMNS.map((column) => HEADINGS[column])];
  return [
    `| ${headings.join(' | ')} |`,
    `|${headings.map(() => '---').join('|')}|`,
    ...rows,
    '',
    ...notes.map((note, at) => `${at + 1}. ${note}`),
  ].join('\n');
}
