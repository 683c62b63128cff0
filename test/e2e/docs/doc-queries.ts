import { readFileSync } from 'node:fs';

/** A query of a documentation page, in the language of its block. */
export interface DocQuery {
  /** `docs/reading-a-job-trace.md:120` */
  readonly where: string;
  readonly language: 'promql' | 'logql' | 'jaeger';
  readonly text: string;
}

/** What stands in a page for something that differs from run to run: `<retried job>`. */
export type Fillings = Readonly<Record<string, string>>;

/** Pages whose queries have to find something. */
export const PAGES: readonly string[] = ['docs/reading-a-job-trace.md', 'docs/runbook.md'];

/** Those that need tail sampling to find something. */
export const SAMPLING_PAGES: readonly string[] = ['docs/sampling.md'];

const BLOCK = /^```(promql|logql|jaeger)\n([\s\S]*?)^```/gm;

/** The queries of a page, in its order. */
export function docQueries(page: string): DocQuery[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(BLOCK)].map(({ 1: language, 2: body = '', index }) => ({
    where: `${page}:${text.slice(0, index).split('\n').length}`,
    language: language as DocQuery['language'],
    text: body.trim(),
  }));
}

/** The query with what it leaves open filled in. Throws where something stays open. */
export function fill({ where, text }: DocQuery, fillings: Fillings): string {
  return text.replaceAll(/<([a-z][a-z ]*)>/g, (_, name: string) => {
    const value = fillings[name];
    if (value === undefined) throw new Error(`${where}: nothing is known for <${name}>`);
    return value;
  });
}

/** A search in Jaeger, as lines `service: …`, `operation: …`, `tags: key=value …`, `minDuration: …`: the fields of its search form. */
export function jaegerSearch(text: string): URLSearchParams {
  const search = new URLSearchParams({ limit: '20', lookback: '1h' });
  for (const line of text.split('\n')) {
    const [, field, value] = /^(service|operation|tags|minDuration): (.+)$/.exec(line) ?? [];
    if (field === undefined || value === undefined) throw new Error(`no line of a search: ${line}`);
    if (field !== 'tags') search.set(field, value);
    else
      search.set(
        'tags',
        JSON.stringify(Object.fromEntries(value.split(' ').map((tag) => tag.split('=') as [string, string]))),
      );
  }
  return search;
}
