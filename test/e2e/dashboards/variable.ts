import { ask } from '../read/ask.js';
import type { JaegerAnswer } from '../read/jaeger.js';
import type { Backends } from '../read/received.js';
import type { DashboardFile, VariableInFile } from './dashboard-file.js';
import { fillIn } from './panel-query.js';

export type Values = Readonly<Record<string, string>>;

/** What Grafana puts in by itself: four times the interval that our queries give, and a range that short runs fill. */
const GRAFANA: Values = { __rate_interval: '4m', __range: '10m' };
/** So many choices of one dashboard are tried. */
const MOST = 50;

/** `label_values({…}, label)`, taken apart; undefined for another kind of query. */
export function labelValues(query: string): { selector: string; label: string } | undefined {
  const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
  return selector === undefined || label === undefined ? undefined : { selector, label };
}

/** The expression of `query_result(…)`; undefined for another kind of query. */
export function queryResult(query: string): string | undefined {
  return /^query_result\((.+)\)$/.exec(query)?.[1];
}

/** The choices that a user has, as Grafana fills them in: all of what can be chosen together, each of what can not. */
export async function choicesOf(backends: Backends, { templating }: DashboardFile): Promise<Values[]> {
  let choices: Values[] = [GRAFANA];
  for (const variable of templating.list) {
    const next = choices.map(async (chosen) => {
      const values = await valuesOf(backends, variable, chosen);
      return values.map((value): Values => ({ ...chosen, [variable.name]: value }));
    });
    choices = (await Promise.all(next)).flat().slice(0, MOST);
  }
  return choices;
}

async function valuesOf(backends: Backends, variable: VariableInFile, chosen: Values): Promise<string[]> {
  if (variable.type === 'textbox') return someJob(backends, chosen);
  if (variable.type === 'datasource') return [String(variable.current?.value)];
  const values = await askPrometheus(backends, variable, chosen);
  if (!variable.includeAll) return values.length > 0 ? values : [''];
  if (variable.allValue !== undefined) return [variable.allValue];
  return values.length > 0 ? [`(${values.join('|')})`] : [];
}

async function askPrometheus(
  { prometheus }: Backends,
  variable: VariableInFile,
  chosen: Values,
): Promise<string[]> {
  const { name, definition = '', regex = '' } = variable;
  const labels = labelValues(definition);
  if (labels) {
    const search = { 'match[]': fillIn(labels.selector, chosen) };
    const answer = await ask<{ data: string[] }>(`${prometheus}/api/v1/label/${labels.label}/values`, search);
    return answer.data;
  }
  const expr = queryResult(definition);
  if (expr === undefined) throw new Error(`$${name} is no query that is known here: ${definition}`);
  const search = { query: fillIn(expr, chosen) };
  const { data } = await ask<Vector>(`${prometheus}/api/v1/query`, search);
  // Grafana writes each line as Prometheus does, and takes of it what the pattern says.
  const pattern = new RegExp(regex.slice(1, -1));
  return data.result.flatMap(({ metric }) => {
    const labels = Object.entries(metric).map(([key, value]) => `${key}="${value}"`);
    return pattern.exec(`{${labels.join(',')}}`)?.[1] ?? [];
  });
}

interface Vector {
  readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] };
}

/** What somebody types who looks for a job: the id of one whose attempt failed, in the service whose traces are chosen. */
async function someJob({ jaeger }: Backends, { worker: service = '' }: Values): Promise<string[]> {
  if (service === '') return [];
  const tags = JSON.stringify({ 'job.attempt.outcome': 'failed' });
  const { data } = await ask<JaegerAnswer>(`${jaeger}/api/traces`, {
    service,
    tags,
    lookback: '1h',
    limit: '1',
  });
  const all = data.flatMap(({ spans }) => spans.flatMap((span) => span.tags));
  return all.flatMap(({ key, value }) => (key === 'job.id' ? [String(value)] : [])).slice(0, 1);
}
