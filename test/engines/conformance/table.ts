import type { ScenarioCells } from './cells.js';
import { cellsOf, ENGINES, SCENARIOS } from './cells.js';
import type { Column } from './column.js';
import { formOf } from './column.js';

export const BEGIN = '<!-- engines:begin -->';
export const END = '<!-- engines:end -->';

const TITLES = {
  memory: 'in-memory (the example)',
  bullmq: 'BullMQ',
  'pg-boss': 'pg-boss',
  'graphile-worker': 'graphile-worker',
};

const LEGEND = '✓ compared with a ledger by `npm run test:engines`; – not possible, for the reason given.';

/** The table of scenarios and engines as markdown, with a footnote for each thing that an engine can not do or tell. */
export function engineTable(): string {
  const notes = new Notes();
  return tableOf({
    titles: ENGINES.map((engine) => TITLES[engine]),
    cells: ({ cannot, notes: told }) =>
      ENGINES.map((engine) => notes.cell('✓', cannot?.[engine], told?.[engine])),
    legend: LEGEND,
    notes,
  });
}

/** The table of one engine: its own column, and its columns in other settings, whose footnotes say what differs from its own. */
export function settingsTable(engine: keyof typeof TITLES, columns: readonly Column[]): string {
  const notes = new Notes();
  return tableOf({
    titles: [TITLES[engine], ...columns.map(({ title }) => title)],
    cells: ({ name, cannot, notes: told }) => [
      notes.cell('✓', cannot?.[engine], told?.[engine]),
      ...columns.map((column) => {
        const scenario = name as Parameters<typeof formOf>[1];
        if (cellsOf(name).cannot?.[column.engine] !== undefined) return '–';
        const mark = column.form === 'in turn' ? formOf(column, scenario) : '✓';
        return notes.cell(mark, column.cannot?.[scenario], column.notes?.[scenario]);
      }),
    ],
    legend: `${LEGEND} Where the first column has the reason, the others give none. A word in place of ✓ is the form in which the scenario is run.`,
    notes,
  });
}

interface Table {
  readonly titles: readonly string[];
  cells(scenario: ScenarioCells): readonly string[];
  readonly legend: string;
  readonly notes: Notes;
}

function tableOf({ titles, cells, legend, notes }: Table): string {
  const rows = (SCENARIOS as readonly ScenarioCells[]).map(
    (scenario) => `| ${scenario.name} | ${cells(scenario).join(' | ')} |`,
  );
  return [
    `| | ${titles.join(' | ')} |`,
    `|---|${titles.map(() => '---').join('|')}|`,
    ...rows,
    '',
    legend,
    ...notes.lines(),
  ].join('\n');
}

/** Footnotes, each once. */
class Notes {
  readonly #texts: string[] = [];

  /** What stands in a cell that can be, or for one that can not. */
  cell(mark: string, cannot: string | undefined, note: string | undefined): string {
    if (cannot !== undefined) return `– [${this.#number(cannot)}]`;
    return note === undefined ? mark : `${mark} [${this.#number(note)}]`;
  }

  lines(): readonly string[] {
    return this.#texts.length === 0 ? [] : ['', ...this.#texts.map((text, i) => `${i + 1}. ${text}`)];
  }

  #number(text: string): number {
    const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
    if (!this.#texts.includes(sentence)) this.#texts.push(sentence);
    return this.#texts.indexOf(sentence) + 1;
  }
}
