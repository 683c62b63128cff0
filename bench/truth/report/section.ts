/** A part of bench/truth.md that a command replaces: it stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
export interface Section {
  readonly name: string;
  readonly text: string;
}

/** Puts a section in the place of the one of its name. Throws where the file has no such place. */
export function replaceSection(file: string, { name, text }: Section): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [file.indexOf(begin), file.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there is no place for ${name}: write '${begin}' and '${end}'`);
  return `${file.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${file.slice(to)}`;
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const rule = `|${head.map((_, i) => (i === 0 ? '---|' : '--:|')).join('')}`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
