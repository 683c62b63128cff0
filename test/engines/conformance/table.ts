import type { ScenarioCells } from './cells.js';
import { ENGINES, SCENARIOS } from './cells.js';

export const BEGIN = '<!-- engines:begin -->';
export const END = '<!-- engines:end -->';

const TITLES = {
  memory: 'in-memory (the example)',
  bullmq: 'BullMQ',
  'pg-boss': 'pg-boss',
  'graphile-worker': 'graphile-worker',
};

/** The table of scenarios and engines as markdown, with a footnote for each thing that an engine can not do or tell. */
export function engineTable(): string {
  const notes: string[] = [];
  const number = (text: string): number => {
    if (!notes.includes(text)) notes.push(text);
    return notes.indexOf(text) + 1;
  };
  const rows = (SCENARIOS as readonly ScenarioCells[]).map((scenario) => {
    const cells = ENGINES.map((engine) => {
      const cannot = scenario.cannot?.[engine];
      if (cannot !== undefined) return `– [${number(sentence(cannot))}]`;
      const note = scenario.notes?.[engine];
      return note === undefined ? '✓' : `✓ [${number(sentence(note))}]`;
    });
    return `| ${scenario.name} | ${cells.join(' | ')} |`;
  });
  return [
    `| | ${ENGINES.map((engine) => TITLES[engine]).join(' | ')} |`,
    `|---|${ENGINES.map(() => '---').join('|')}|`,
    ...rows,
    '',
    '✓ compared with a ledger by `npm run test:engines`; – can not be, for the reason given.',
    '',
    ...notes.map((text, i) => `${i + 1}. ${text}`),
  ].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
