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

/** Of LogQL: what chooses the streams, and what the pipe compares. */
export function parseLogql(expr: string): { streams: readonly Matcher[]; pipe: readonly Matcher[] } {
  const [, body = '', pipe = ''] = /^\{([^}]*)\}(.*)$/s.exec(expr) ?? [];
  return { streams: matchersIn(body), pipe: matchersIn(pipe) };
}

function matchersIn(body: string): Matcher[] {
  return [...body.matchAll(MATCHER)].map(({ 1: label = '', 2: text = '' }) => ({
    label,
    values: text.split('|').filter((value) => value !== '' && !/[$*+()]/.test(value)),
  }));
}
