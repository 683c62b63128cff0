import type { Emission } from '../emission/emission.js';
import { eachMember } from './line-members.js';

/** Options of {@link jsonLine}. */
export interface JsonLineOptions {
  /** Whether the line contains the stacks of errors, with their causes. Default `true`. */
  readonly stack?: boolean | undefined;
}

/**
 * An emission as one line of JSON, without the line's end: `time`, `signal`, `message`, then the fields by their names in code and in
 * declared order, then `trace_id` and `span_id` if a span was active. Durations are seconds with an `s`, as in `"1.2s"`. A field of a
 * plain level record that has one of those names gets a `_` after its name, so that it overwrites nothing.
 *
 * An error appears as its message under the field's name. After the fields come its type and its stack, with the stacks of its
 * causes, as `error_type` and `error_stack`; they get a further `_` if a field has that name. A field with `detail: 'type'` shows no
 * stack, unless the emission is an `error` itself. A sensitive error is `[redacted]` as a whole, unless a route reveals it.
 *
 * Some characters are harmless in JSON, but not in programs that show it: C1 controls, line separators, and characters that turn the
 * reading direction. They appear escaped, by their code unit in four hexadecimal digits.
 *
 * @param emission The emission that a sink gets.
 * @param options Whether the line contains stacks.
 * @returns One JSON object, with no newline in it or after it.
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

// DEL and the C1 controls, the line separators, Bidi_Control. Terminals, pagers and editors act on them.
const ACTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

// In JSON these characters occur only in strings, so the line is searched as a whole: once, and mostly without a match.
function inert(line: string): string {
  return line.replace(ACTIVE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
