import type { Emission, Leaving } from '../emission/emission.js';
import { secondsText } from './duration.js';

const RESERVED: ReadonlySet<string> = new Set(['time', 'signal', 'message', 'trace_id', 'span_id']);

/**
 * An emission as one line of JSON, without the line's end: `time`, `signal`, `message`, then the fields by
 * their names in code and in declared order, then `trace_id` and `span_id` where a span was active. Durations
 * are seconds with an `s`, as in `"1.2s"`. A field of a plain level record that has one of those names gets a
 * `_` behind it: it overwrites nothing.
 *
 * @param emission What a sink is given.
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
export function jsonLine(emission: Emission): string {
  // Written by hand, not as an object: an object would put keys such as `1` before `time`.
  let line = `{"time":"${new Date(emission.timeMillis).toISOString()}"`;
  line += `,"signal":${JSON.stringify(emission.signal)},"message":${JSON.stringify(emission.message)}`;
  const { fields, definition } = emission;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    const kind = definition.fields[name]?.kind;
    line += `,${JSON.stringify(keyOf(name, fields))}:${JSON.stringify(
      kind === 'duration' && typeof value === 'number' ? secondsText(value) : value,
    )}`;
  }
  if (emission.traceId !== undefined) line += `,"trace_id":${JSON.stringify(emission.traceId)}`;
  if (emission.spanId !== undefined) line += `,"span_id":${JSON.stringify(emission.spanId)}`;
  return `${line}}`;
}

function keyOf(name: string, fields: Readonly<Record<string, Leaving>>): string {
  if (!RESERVED.has(name)) return name;
  let key = `${name}_`;
  while (Object.hasOwn(fields, key)) key += '_';
  return key;
}
