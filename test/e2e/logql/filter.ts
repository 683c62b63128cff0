import type { Entry } from './entry.js';
import type { LabelFilter, LineFilter, LogQuery, NumberMatcher, TextMatcher } from './expression.js';
import { readRe2 } from './re2.js';

/** Whether a query finds the record. A label that a record has not is as one that is empty. */
export function fits({ selector, stages }: LogQuery, entry: Entry): boolean {
  if (!selector.every((matcher) => fitsText(matcher, entry.stream[matcher.label] ?? ''))) return false;
  return stages.every((stage) =>
    stage.kind === 'line' ? fitsLine(stage, entry.line) : fitsLabels(stage, entry),
  );
}

/** The value of a label in the pipe, where those of the stream and structured metadata are alike. */
export function labelOf({ stream, metadata }: Entry, label: string): string | undefined {
  return stream[label] ?? metadata[label];
}

function fitsLine({ op, texts }: LineFilter, line: string): boolean {
  const isThere = texts.some((text) =>
    op.endsWith('~') ? readRe2(text).isWithin(line) : line.includes(text),
  );
  return op.startsWith('|') === isThere;
}

function fitsLabels(filter: LabelFilter, entry: Entry): boolean {
  switch (filter.kind) {
    case 'and':
      return fitsLabels(filter.left, entry) && fitsLabels(filter.right, entry);
    case 'or':
      return fitsLabels(filter.left, entry) || fitsLabels(filter.right, entry);
    case 'text':
      return fitsText(filter, labelOf(entry, filter.label) ?? '');
    case 'number':
      return fitsNumber(filter, labelOf(entry, filter.label));
  }
}

function fitsText({ op, value }: TextMatcher, text: string): boolean {
  const isSuch = op.endsWith('~') ? readRe2(value).matches(text) : text === value;
  return op.startsWith('!') !== isSuch;
}

/** A record without that number is none that it fits. */
function fitsNumber({ op, value }: NumberMatcher, text: string | undefined): boolean {
  if (text === undefined || text.trim() === '' || Number.isNaN(Number(text))) return false;
  const number = Number(text);
  switch (op) {
    case '>':
      return number > value;
    case '>=':
      return number >= value;
    case '<':
      return number < value;
    case '<=':
      return number <= value;
    case '!=':
      return number !== value;
    default:
      return number === value;
  }
}
