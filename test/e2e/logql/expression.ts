/** A query of LogQL, as far as this repository's queries use the language. */
export type Expression = LogQuery | MetricQuery;

/** `{selector} | stage | stage` */
export interface LogQuery {
  readonly kind: 'records';
  readonly selector: readonly TextMatcher[];
  readonly stages: readonly Stage[];
}

/** A number by each combination of labels. */
export type MetricQuery = CountOverTime | Sum;

export interface CountOverTime {
  readonly kind: 'count_over_time';
  readonly query: LogQuery;
  readonly rangeMillis: number;
}

export interface Sum {
  readonly kind: 'sum';
  /** Empty: one sum over all. */
  readonly by: readonly string[];
  readonly of: MetricQuery;
}

export type Stage = LineFilter | LabelFilter;

export interface LineFilter {
  readonly kind: 'line';
  readonly op: '|=' | '!=' | '|~' | '!~';
  /** One of them is enough. */
  readonly texts: readonly string[];
}

export type LabelFilter = TextMatcher | NumberMatcher | Combined;

export interface TextMatcher {
  readonly kind: 'text';
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface NumberMatcher {
  readonly kind: 'number';
  readonly label: string;
  readonly op: '=' | '==' | '!=' | '>' | '>=' | '<' | '<=';
  readonly value: number;
}

export interface Combined {
  readonly kind: 'and' | 'or';
  readonly left: LabelFilter;
  readonly right: LabelFilter;
}

/** The query of records within an expression. */
export function recordsIn(expression: Expression): LogQuery {
  switch (expression.kind) {
    case 'records':
      return expression;
    case 'count_over_time':
      return expression.query;
    case 'sum':
      return recordsIn(expression.of);
  }
}

/** All comparisons of the pipe with a label, in their order. */
export function comparisonsIn({ stages }: LogQuery): (TextMatcher | NumberMatcher)[] {
  const within = (filter: LabelFilter): (TextMatcher | NumberMatcher)[] =>
    'left' in filter ? [...within(filter.left), ...within(filter.right)] : [filter];
  return stages.flatMap((stage) => (stage.kind === 'line' ? [] : within(stage)));
}

/** The labels that an expression groups by. */
export function groupsIn(expression: Expression): readonly string[] {
  return expression.kind === 'sum' ? [...expression.by, ...groupsIn(expression.of)] : [];
}
