import type { NumberMatcher, TextMatcher } from '../e2e/logql/expression.js';
import { comparisonsIn, groupsIn, recordsIn } from '../e2e/logql/expression.js';
import { parseLogql as parse } from '../e2e/logql/parse.js';

/** One comparison within braces, or in a pipe of LogQL. */
export interface Matcher {
  readonly label: string;
  /** What it is compared with; of a pattern each of its alternatives. A variable counts as nothing. */
  readonly values: readonly string[];
}

/** The names in an expression of PromQL. */
export interface Parsed {
  readonly selectors: readonly {
    readonly metric: string | undefined;
    readonly matchers: readonly Matcher[];
  }[];
  /** Labels of `by (…)` and the like, in their order. */
  readonly grouped: readonly string[];
}

const SELECTOR = /([A-Za-z_:][\w:]*)?\{((?:[^{}"]|"[^"]*")*)\}/g;
const MATCHER = /([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g;
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;

const WORDS = new Set(
  `sum max min avg count rate increase delta and or unless on by offset vector histogram_quantile
   last_over_time avg_over_time max_over_time topk bool label_replace`.split(/\s+/),
);

export function parsePromql(expr: string): Parsed {
  const braced = [...expr.matchAll(SELECTOR)].map(({ 1: metric, 2: body = '' }) => ({
    metric,
    matchers: matchersIn(body),
  }));
  const rest = expr
    .replaceAll(SELECTOR, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\boffset\s+\$?\w+/g, '');
  const grouped = [...rest.matchAll(GROUPING)]
    .flatMap(({ 1: list = '' }) => list.split(','))
    .map((one) => one.trim());
  const bare = rest.replaceAll(GROUPING, '').match(/[A-Za-z_:][\w:]*/g) ?? [];
  const metrics = bare.filter((word) => !WORDS.has(word)).map((metric) => ({ metric, matchers: [] }));
  return { selectors: [...braced, ...metrics], grouped: grouped.filter(Boolean) };
}

/** Of LogQL: what chooses the streams, what the pipe compares, and what is grouped by. */
export function parseLogql(expr: string): {
  readonly streams: readonly Matcher[];
  readonly pipe: readonly Matcher[];
  readonly grouped: readonly string[];
} {
  const expression = parse(expr);
  const records = recordsIn(expression);
  return {
    streams: records.selector.map(matcherOf),
    pipe: comparisonsIn(records).map(matcherOf),
    grouped: groupsIn(expression),
  };
}

function matcherOf({ label, value }: TextMatcher | NumberMatcher): Matcher {
  return { label, values: typeof value === 'number' ? [] : alternatives(value) };
}

function matchersIn(body: string): Matcher[] {
  return [...body.matchAll(MATCHER)].map(({ 1: label = '', 2: text = '' }) => ({
    label,
    values: alternatives(text),
  }));
}

function alternatives(text: string): string[] {
  return text.split('|').filter((value) => value !== '' && !/[$*+()]/.test(value));
}
