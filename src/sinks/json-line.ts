import type { Emission, Leaving } from '../emission/emission.js';
import { secondsText } from './duration.js';
import { toldStack } from './line-error.js';

/** Options of {@link jsonLine}. */
export interface JsonLineOptions {
  /** Whether the stacks of errors are told, with their causes. Default `true`. */
  readonly stack?: boolean | undefined;
}

const RESERVED: ReadonlySet<string> = new Set(['time', 'signal', 'message', 'trace_id', 'span_id']);

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
  let line = `{"time":"${new Date(emission.timestamp).toISOString()}"`;
  line += `,"signal":${JSON.stringify(emission.signal)},"message":${JSON.stringify(emission.message)}`;
  const { fields, definition, errors } = emission;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    const kind = Object.hasOwn(definition.fields, name) ? definition.fields[name]?.kind : undefined;
    line += `,${JSON.stringify(keyOf(name, fields))}:${JSON.stringify(
      kind === 'duration' && typeof value === 'number' ? secondsText(value) : value,
    )}`;
  }
  if (errors !== undefined) line += errorsText(emission, options.stack !== false);
  if (emission.traceId !== undefined) line += `,"trace_id":${JSON.stringify(emission.traceId)}`;
  if (emission.spanId !== undefined) line += `,"span_id":${JSON.stringify(emission.spanId)}`;
  return inert(`${line}}`);
}

function keyOf(name: string, fields: Readonly<Record<string, Leaving>>): string {
  if (!RESERVED.has(name)) return name;
  let key = `${name}_`;
  while (Object.hasOwn(fields, key)) key += '_';
  return key;
}

/** What the fields do not tell of the errors, under keys that nothing else has. */
function errorsText(emission: Emission, stacks: boolean): string {
  const { fields, errors = {} } = emission;
  const taken = new Set([...RESERVED, ...Object.keys(fields).map((name) => keyOf(name, fields))]);
  let text = '';
  const add = (wanted: string, value: string | undefined): void => {
    if (value === undefined) return;
    let key = wanted;
    while (taken.has(key)) key += '_';
    taken.add(key);
    text += `,${JSON.stringify(key)}:${JSON.stringify(value)}`;
  };
  for (const name of Object.keys(errors)) {
    add(`${name}_type`, errors[name]?.type);
    if (stacks) add(`${name}_stack`, toldStack(emission, name));
  }
  return text;
}

// DEL and the C1 controls, the line separators, Bidi_Control: a terminal, a pager or an editor acts on them.
const ACTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

// In JSON they stand in strings alone, so that the line can be looked through as a whole: once, and mostly in vain.
function inert(line: string): string {
  return line.replace(ACTIVE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
