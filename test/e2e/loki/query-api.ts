import { durationMillis } from '../logql/duration.js';
import type { Entry } from '../logql/entry.js';
import type { Sample } from '../logql/evaluate.js';
import { numbersAt, search } from '../logql/evaluate.js';
import type { MetricQuery } from '../logql/expression.js';
import { parseLogql } from '../logql/parse.js';

/** What is answered to a question, as JSON. */
export interface Answer {
  readonly status: 'success';
  readonly data: unknown;
  /** What the query names and no record has: then nothing is found. */
  readonly warnings?: readonly string[];
}

const LIMIT = 100;
const HOUR_NANOS = 3_600_000_000_000n;
const POINTS = 250;

/** Answers the part of Loki's HTTP API that the repository asks. Undefined for another path; throws for a query that is none. */
export function answer(
  path: string,
  search: URLSearchParams,
  entries: readonly Entry[],
  nowMillis: number,
): Answer | undefined {
  const now = BigInt(nowMillis) * 1_000_000n;
  const label = /^\/loki\/api\/v1\/label\/(\w+)\/values$/.exec(path)?.[1];
  if (label !== undefined) return { status: 'success', data: valuesOf(label, entries) };
  if (path === '/loki/api/v1/query') return atOnce(search, entries, now);
  if (path === '/loki/api/v1/query_range') return overTime(search, entries, now);
  return undefined;
}

function valuesOf(label: string, entries: readonly Entry[]): string[] {
  return [...new Set(entries.flatMap(({ stream }) => stream[label] ?? []))].sort();
}

function atOnce(params: URLSearchParams, entries: readonly Entry[], now: bigint): Answer {
  const expression = parseLogql(params.get('query') ?? '');
  if (expression.kind === 'records') throw new Error('a query of records is asked for over time');
  const { found, unknown } = search(expression, entries);
  const at = nanosOf(params.get('time')) ?? now;
  const result = numbersAt(expression, found, at).map(({ labels, value }) => ({
    metric: labels,
    value: [secondsOf(at), String(value)],
  }));
  return answered('vector', result, unknown);
}

function overTime(params: URLSearchParams, entries: readonly Entry[], now: bigint): Answer {
  const expression = parseLogql(params.get('query') ?? '');
  const to = nanosOf(params.get('end')) ?? now;
  const from = nanosOf(params.get('start')) ?? to - HOUR_NANOS;
  const { found, unknown } = search(expression, entries);
  if (expression.kind !== 'records') {
    const step = stepOf(params.get('step')) ?? (to - from) / BigInt(POINTS);
    return answered('matrix', matrix(expression, found, { from, to, step }), unknown);
  }
  const within = found.filter(({ time }) => from <= time && time < to);
  const limit = Number(params.get('limit') ?? LIMIT);
  const isForward = params.get('direction') === 'forward';
  const some = isForward ? within.slice(0, limit) : within.slice(-limit).reverse();
  return answered('streams', streams(some), unknown);
}

interface Points {
  readonly from: bigint;
  readonly to: bigint;
  readonly step: bigint;
}

function matrix(query: MetricQuery, found: readonly Entry[], { from, to, step }: Points): unknown[] {
  if (step <= 0n) throw new Error('a step has to be longer than nothing');
  const series = new Map<string, { metric: Sample['labels']; values: [number, string][] }>();
  for (let at = from; at <= to; at += step) {
    for (const { labels, value } of numbersAt(query, found, at)) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const one = series.get(key) ?? { metric: labels, values: [] };
      one.values.push([secondsOf(at), String(value)]);
      series.set(key, one);
    }
  }
  return [...series.values()];
}

function streams(entries: readonly Entry[]): unknown[] {
  const found = new Map<string, { stream: Record<string, string>; values: [string, string][] }>();
  for (const { stream, metadata, time, line } of entries) {
    const labels = { ...stream, ...metadata };
    const key = JSON.stringify(Object.entries(labels).sort());
    const one = found.get(key) ?? { stream: labels, values: [] };
    one.values.push([String(time), line]);
    found.set(key, one);
  }
  return [...found.values()];
}

function answered(resultType: string, result: readonly unknown[], unknown: readonly string[]): Answer {
  const data = { resultType, result };
  return { status: 'success', data, ...(unknown.length === 0 ? {} : { warnings: unknown }) };
}

/** Epoch nanoseconds, or seconds where there are few digits, as Loki takes both. */
function nanosOf(text: string | null): bigint | undefined {
  if (text === null) return undefined;
  if (/^\d{11,}$/.test(text)) return BigInt(text);
  if (/^\d{1,10}(\.\d+)?$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n;
  throw new Error(`'${text}' is no time that is read here`);
}

function stepOf(text: string | null): bigint | undefined {
  if (text === null) return undefined;
  const millis = /^[\d.]+$/.test(text) ? Number(text) * 1000 : durationMillis(text);
  return BigInt(Math.round(millis)) * 1_000_000n;
}

function secondsOf(nanos: bigint): number {
  return Number(nanos / 1_000_000n) / 1000;
}
