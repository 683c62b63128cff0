import type { Emission } from '../emission/emission.js';
import { eachMember } from './line-members.js';

/** Options of {@link jsonLine}. */
export interface JsonLineOptions {
  /** Whether the stacks of errors are told, with their causes. Default `true`. */
  readonly stack?: boolean | undefined;
}

/**
 * An emission as one line of JSON, without the line's end: `time`, `signal`, `message`, then the fields by
 * their names in code and in declared order, then `trace_id` and `span_id` where a span was active. Durations
 * are seconds with an `s`, as in `"1.2s"`. A field of a plain level record that has one of those names gets a
 * `_` behind it: it overwrites nothing.
 *
 * An error is its message under the field's name; behind the fields stand its type and its stack with those of its causes, as
 * `error_type` and `error_stack`, with a `_` more where a field has that name. A field with `detail: 'type'` tells no stack, unless the
 * emission is an `error` itself. A sensitive error stays `[redacted]` whole where no route reveals it.
 *
 * Characters that are harmless in JSON and not in what shows it (C1 controls, line separators, what turns the reading direction) are
 * `\\uXXXX`.
 *
 * @param emission What a sink is given.
 * @param options Whether stacks are told.
 * @returns One JSON object, with no newline in it or behind it.
 *
 * @example
 * ```ts
 * import type { SinkFunction } from 'signalbox';
 * import { jsonLine } from 'signalbox/sinks';
 *
 * const lines: SinkFunction = (emission) => {
 *   process.stderr.write(`${jsonLine(emission)}\n`);
 * };
 * ```
 */
export function jsonLine(emission: Emission, options: JsonLineOptions = {}): string {
  // Written by hand, not as an object: an object would put keys such as `1` before `time`.
  let line = '';
  eachMember(emission, options.stack !== false, (key, value) => {
    line += `${line === '' ? '{' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return inert(`${line}}`);
}

// DEL and the C1 controls, the line separators, Bidi_Control: a terminal, a pager or an editor acts on them.
const ACTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

// In JSON they stand in strings alone, so that the line can be looked through as a whole: once, and mostly in vain.
function inert(line: string): string {
  return line.replace(ACTIVE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
