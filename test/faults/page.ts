import { fileURLToPath } from 'node:url';

/** The page that shows the table. */
export const PAGE: string = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));

const BEGIN = '<!-- faults:begin -->\n';
const END = '\n<!-- faults:end -->';

/** The table that a page has. */
export function tableIn(page: string): string {
  const [, after = ''] = page.split(BEGIN);
  return after.split(END)[0]?.trim() ?? '';
}

/** The page with another table. */
export function withTable(page: string, table: string): string {
  const [before = ''] = page.split(BEGIN);
  const [, after = ''] = page.split(END);
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}
