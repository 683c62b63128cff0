import type { Group } from './fault.js';

/** The faults of all groups, as Markdown. */
export function faultsTable(groups: readonly Group[]): string {
  return groups
    .map(({ name, about, faults }) =>
      [
        `### ${name}`,
        '',
        about,
        '',
        '| fault | what is injected | what must hold |',
        '|---|---|---|',
        ...faults.map((fault) => `| \`${fault.name}\` | ${cell(fault.injected)} | ${cell(fault.holds)} |`),
      ].join('\n'),
    )
    .join('\n\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
