import { parser } from '@grafana/lezer-logql';
import type { SyntaxNode } from '@lezer/common';
import { durationMillis } from './duration.js';
import type {
  CountOverTime,
  Expression,
  LabelFilter,
  LineFilter,
  LogQuery,
  MetricQuery,
  NumberMatcher,
  Stage,
  TextMatcher,
} from './expression.js';
import { readRe2 } from './re2.js';

/**
 * Parses LogQL by Grafana's own grammar. Throws a sentence where the text is none, and where it uses a part of the language that no query
 * of this repository has needed so far: nothing is passed over.
 */
export function parseLogql(text: string): Expression {
  const tree = parser.parse(text);
  tree.iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`no LogQL at ${from}, '${text.slice(from, to)}': ${text}`);
    },
  });
  return new Reading(text).expression(childOf(tree.topNode, 'Expr'));
}

class Reading {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  expression(node: SyntaxNode | undefined): Expression {
    const inner = onlyChild(node);
    if (inner?.name === 'LogExpr') return this.#records(inner);
    if (inner?.name === 'MetricExpr') return this.#metric(inner);
    throw this.#unknown(inner ?? node);
  }

  #metric(node: SyntaxNode): MetricQuery {
    const inner = onlyChild(node);
    if (inner?.name === 'RangeAggregationExpr') return this.#count(inner);
    if (inner?.name !== 'VectorAggregationExpr') throw this.#unknown(inner ?? node);
    const [op, of] = [childOf(inner, 'VectorOp'), childOf(inner, 'MetricExpr')];
    this.#only(inner, ['VectorOp', 'Grouping', 'MetricExpr']);
    if (of === undefined || this.#textOf(op) !== 'sum') throw this.#unknown(op ?? inner);
    const grouping = childOf(inner, 'Grouping');
    if (grouping !== undefined && childOf(grouping, 'By') === undefined) throw this.#unknown(grouping);
    const labels = grouping === undefined ? [] : descendants(grouping, 'Identifier');
    return { kind: 'sum', by: labels.map((label) => this.#textOf(label)), of: this.#metric(of) };
  }

  #count(node: SyntaxNode): CountOverTime {
    const [op, range] = [childOf(node, 'RangeOp'), childOf(node, 'LogRangeExpr')];
    this.#only(node, ['RangeOp', 'LogRangeExpr']);
    if (range === undefined || this.#textOf(op) !== 'count_over_time') throw this.#unknown(op ?? node);
    this.#only(range, ['Selector', 'PipelineExpr', 'Range']);
    const [duration] = descendants(range, 'Duration');
    const rangeMillis = durationMillis(this.#textOf(duration));
    return { kind: 'count_over_time', query: this.#records(range), rangeMillis };
  }

  #records(node: SyntaxNode): LogQuery {
    this.#only(node, ['Selector', 'PipelineExpr', 'Range']);
    const matchers = descendants(node.getChild('Selector'), 'Matcher').map((one) => this.#matcher(one));
    // Loki's own rule: something must say which streams, not only which not.
    if (!matchers.some(({ op, value }) => isNarrow(op, value)))
      throw new Error(`a selector has to say a value that is not empty: ${this.#text}`);
    const stages = descendants(node.getChild('PipelineExpr'), 'PipelineStage');
    return { kind: 'records', selector: matchers, stages: stages.flatMap((stage) => this.#stage(stage)) };
  }

  #stage(node: SyntaxNode): Stage[] {
    const lines = childOf(node, 'LineFilters');
    if (lines !== undefined) return descendants(lines, 'LineFilter').map((one) => this.#line(one));
    const filter = childOf(node, 'LabelFilter');
    if (filter === undefined) throw this.#unknown(node);
    return [this.#filter(filter)];
  }

  #line(node: SyntaxNode): LineFilter {
    this.#only(node, ['Filter', 'String', 'Or', 'OrFilter']);
    const op = this.#textOf(childOf(node, 'Filter'));
    if (op !== '|=' && op !== '!=' && op !== '|~' && op !== '!~') throw this.#unknown(node);
    const texts = descendants(node, 'String').map((one) => this.#string(one));
    if (op.endsWith('~')) for (const text of texts) readRe2(text);
    return { kind: 'line', op, texts };
  }

  #filter(node: SyntaxNode): LabelFilter {
    const matcher = childOf(node, 'Matcher');
    if (matcher !== undefined) return this.#matcher(matcher);
    const number = childOf(node, 'NumberFilter');
    if (number !== undefined) return this.#number(number);
    this.#only(node, ['LabelFilter', 'And', 'Or']);
    const [left, right, ...more] = node.getChildren('LabelFilter');
    if (left === undefined || more.length > 0) throw this.#unknown(node);
    // In brackets.
    if (right === undefined) return this.#filter(left);
    const kind = childOf(node, 'Or') === undefined ? 'and' : 'or';
    return { kind, left: this.#filter(left), right: this.#filter(right) };
  }

  #matcher(node: SyntaxNode): TextMatcher {
    const [label = '', op = '', value] = childrenOf(node).map((one) => this.#textOf(one));
    if ((op !== '=' && op !== '!=' && op !== '=~' && op !== '!~') || value === undefined)
      throw this.#unknown(node);
    const text = this.#string(node.lastChild);
    if (op.endsWith('~')) readRe2(text);
    return { kind: 'text', label, op, value: text };
  }

  #number(node: SyntaxNode): NumberMatcher {
    const [label = '', op = '', value] = childrenOf(node).map((one) => this.#textOf(one));
    if (!isNumberOp(op) || value === undefined || Number.isNaN(Number(value))) throw this.#unknown(node);
    return { kind: 'number', label, op, value: Number(value) };
  }

  /** Texts are Go's: as JSON's between quotes, as they stand between backticks. */
  #string(node: SyntaxNode | null): string {
    const text = this.#textOf(node ?? undefined);
    if (text.startsWith('`')) return text.slice(1, -1);
    try {
      return JSON.parse(text) as string;
    } catch {
      throw new Error(`the text ${text} is not one that is read here: ${this.#text}`);
    }
  }

  #only(node: SyntaxNode, names: readonly string[]): void {
    for (const child of childrenOf(node)) if (!names.includes(child.name)) throw this.#unknown(child);
  }

  #textOf(node: SyntaxNode | undefined): string {
    return node === undefined ? '' : this.#text.slice(node.from, node.to);
  }

  #unknown(node: SyntaxNode | undefined): Error {
    const part = this.#textOf(node) || this.#text;
    return new Error(`'${part}' is a part of LogQL that is not evaluated here: ${this.#text}`);
  }
}

function isNarrow(op: TextMatcher['op'], value: string): boolean {
  if (op === '=') return value !== '';
  return op === '=~' && !readRe2(value).matches('');
}

function isNumberOp(op: string): op is NumberMatcher['op'] {
  return ['=', '==', '!=', '>', '>=', '<', '<='].includes(op);
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

function childOf(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node.getChild(name) ?? undefined;
}

function onlyChild(node: SyntaxNode | undefined): SyntaxNode | undefined {
  const [child, ...more] = node === undefined ? [] : childrenOf(node);
  return more.length === 0 ? child : undefined;
}

/** The nodes of a name below another, in their order; not those within one of them. */
function descendants(node: SyntaxNode | null, name: string): SyntaxNode[] {
  if (node === null) return [];
  return childrenOf(node).flatMap((child) => (child.name === name ? [child] : descendants(child, name)));
}
