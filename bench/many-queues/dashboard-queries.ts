import { readDashboards } from '../../test/e2e/dashboards/dashboard-file.js';
import { fillIn, panelQueries } from '../../test/e2e/dashboards/panel-query.js';
import { labelValues, queryResult } from '../../test/e2e/dashboards/variable.js';

/** A question that a dashboard asks Prometheus, ready to be sent. */
export interface Question {
  /** `Jobs overview / Waiting / A` */
  readonly where: string;
  /** Path and search of Prometheus's HTTP API. */
  readonly path: string;
  readonly search: URLSearchParams;
}

/** How long one took. */
export interface Timing {
  readonly where: string;
  readonly millis: readonly number[];
  /** Of the answer. */
  readonly bytes: number;
  readonly series: number;
  readonly failed?: string;
}

/** The range that is shown, and the step that Grafana takes for it on a panel of usual width: never less than the export interval. */
export interface Shown {
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
}

type Values = Readonly<Record<string, string>>;

const HOUR = 3600;

/** The last hour. */
export function lastHour(): Shown {
  const to = Math.floor(Date.now() / 60_000) * 60;
  return { from: to - HOUR, to, stepSeconds: 60 };
}

/** Every question of every dashboard: those of its variables, and those of its panels with "All" of whatever can be chosen together. */
export async function questions(prometheus: string, shown: Shown): Promise<Question[]> {
  const all: Question[] = [];
  const dashboards = readDashboards();
  for (const file of dashboards) {
    let values: Values = { __rate_interval: '4m', __range: `${shown.to - shown.from}s` };
    for (const variable of file.templating.list) {
      const { name, definition = '', includeAll, allValue, type } = variable;
      if (type !== 'query') {
        values = { ...values, [name]: type === 'textbox' ? 'job-1' : String(variable.current?.value) };
        continue;
      }
      const question = ofVariable(`${file.title} / $${name}`, fillIn(definition, values), shown);
      all.push(question);
      const found = readValues(await answerOf(prometheus, question), variable.regex);
      values = { ...values, [name]: includeAll ? (allValue ?? `(${found.join('|')})`) : (found[0] ?? '') };
    }
    for (const query of panelQueries([file])) {
      if (query.source !== 'prometheus') continue;
      const expr = fillIn(query.expr, values);
      const search = query.instant
        ? new URLSearchParams({ query: expr, time: String(shown.to) })
        : new URLSearchParams({ query: expr, ...range(shown), step: String(shown.stepSeconds) });
      all.push({ where: query.where, path: query.instant ? '/api/v1/query' : '/api/v1/query_range', search });
      if (query.exemplars)
        all.push({
          where: `${query.where}, exemplars`,
          path: '/api/v1/query_exemplars',
          search: new URLSearchParams({ query: expr, ...range(shown) }),
        });
    }
  }
  return all;
}

/** Asks one again and again; as Grafana does, by POST: the names of 200 queues make no address. */
export async function time(prometheus: string, question: Question, times: number): Promise<Timing> {
  const millis: number[] = [];
  let text = '';
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    try {
      text = await answerOf(prometheus, question);
    } catch (error) {
      return { where: question.where, millis, bytes: 0, series: 0, failed: String(error).slice(0, 200) };
    }
    millis.push(performance.now() - began);
  }
  const { data } = JSON.parse(text) as { data: unknown };
  const series = Array.isArray(data) ? data : (data as { result: unknown[] }).result;
  return { where: question.where, millis, bytes: text.length, series: series.length };
}

function ofVariable(where: string, definition: string, shown: Shown): Question {
  const labels = labelValues(definition);
  if (labels)
    return {
      where,
      path: `/api/v1/label/${labels.label}/values`,
      search: new URLSearchParams({ 'match[]': labels.selector, ...range(shown) }),
    };
  const expr = queryResult(definition);
  if (expr === undefined) throw new Error(`${where} is no query that is known here: ${definition}`);
  return {
    where,
    path: '/api/v1/query',
    search: new URLSearchParams({ query: expr, time: String(shown.to) }),
  };
}

function range({ from, to }: Shown): { start: string; end: string } {
  return { start: String(from), end: String(to) };
}

const PATIENCE_MILLIS = 120_000;

async function answerOf(prometheus: string, { path, search }: Question): Promise<string> {
  const isLabels = path.startsWith('/api/v1/label/');
  const signal = AbortSignal.timeout(PATIENCE_MILLIS);
  const response = isLabels
    ? await fetch(`${prometheus}${path}?${search}`, { signal })
    : await fetch(`${prometheus}${path}`, { method: 'POST', body: search, signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 160)}`);
  return text;
}

function readValues(text: string, regex = ''): string[] {
  const { data } = JSON.parse(text) as {
    data: string[] | { result: { metric: Record<string, string> }[] };
  };
  if (Array.isArray(data)) return data;
  const pattern = new RegExp(regex.slice(1, -1));
  return data.result.flatMap(({ metric }) => {
    const labels = Object.entries(metric).map(([key, value]) => `${key}="${value}"`);
    return pattern.exec(`{${labels.join(',')}}`)?.[1] ?? [];
  });
}
