import { ask } from '../read/ask.js';
import type { Backends } from '../read/received.js';
import type { PanelQuery, Variable } from './panel-query.js';

const WINDOW_SECONDS = 300;
const STEP_SECONDS = 5;
/** What a process that has ended once said does not count for long. */
const LOOKBACK = '10s';

interface Matrix {
  readonly data: { readonly result: { values?: [number, string][]; value?: [number, string] }[] };
}

/** Whether a query of a panel finds anything. */
export async function panelFinds(
  { prometheus, loki }: Backends,
  { source, instant }: PanelQuery,
  expr: string,
): Promise<boolean> {
  const now = Date.now() / 1000;
  const time = { start: String(now - WINDOW_SECONDS), end: String(now), step: String(STEP_SECONDS) };
  if (source === 'loki') {
    const nanos = {
      start: `${Math.floor(now - WINDOW_SECONDS)}000000000`,
      end: `${Math.ceil(now)}000000000`,
    };
    return hasNumber(await ask<Matrix>(`${loki}/loki/api/v1/query_range`, { query: expr, ...nanos }));
  }
  if (instant) return hasNumber(await ask<Matrix>(`${prometheus}/api/v1/query`, { query: expr }));
  return hasNumber(await ask<Matrix>(`${prometheus}/api/v1/query_range`, { query: expr, ...time }));
}

/** Whether an alert would be pending now. */
export async function alertFinds({ prometheus }: Backends, expr: string): Promise<boolean> {
  const search = { query: expr, lookback_delta: LOOKBACK };
  return hasNumber(await ask<Matrix>(`${prometheus}/api/v1/query`, search));
}

function hasNumber({ data }: Matrix): boolean {
  return data.result.some(({ values, value }) =>
    [...(values ?? []), ...(value ? [value] : [])].some(([, text]) => text !== 'NaN'),
  );
}

/** The values of a variable, as Grafana asks for them. */
export async function valuesOf(
  { prometheus }: Backends,
  { query, where }: Variable,
  filled: (expr: string) => string,
): Promise<string[]> {
  const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
  if (selector === undefined || label === undefined)
    throw new Error(`${where} is no label_values(…): ${query}`);
  const { data } = await ask<{ data: string[] }>(`${prometheus}/api/v1/label/${label}/values`, {
    'match[]': filled(selector),
  });
  return data;
}
