import type { Emission, Leaving, LeavingValues } from '../emission/emission.js';
import { secondsText } from './duration.js';
import { toldStack } from './line-error.js';

const RESERVED: ReadonlySet<string> = new Set(['time', 'signal', 'message', 'trace_id', 'span_id']);

/** Gives each member that an emission has as a JSON object, in the order of a JSON line. No key comes twice. */
export function eachMember(
  emission: Emission,
  stacks: boolean,
  give: (key: string, value: Leaving) => void,
): void {
  give('time', new Date(emission.timestamp).toISOString());
  give('signal', emission.signal);
  give('message', emission.message);
  const { fields, definition, errors } = emission;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    const kind = Object.hasOwn(definition.fields, name) ? definition.fields[name]?.kind : undefined;
    give(keyOf(name, fields), kind === 'duration' && typeof value === 'number' ? secondsText(value) : value);
  }
  if (errors !== undefined) eachErrorMember(emission, stacks, give);
  if (emission.traceId !== undefined) give('trace_id', emission.traceId);
  if (emission.spanId !== undefined) give('span_id', emission.spanId);
}

function keyOf(name: string, fields: LeavingValues): string {
  if (!RESERVED.has(name)) return name;
  let key = `${name}_`;
  while (Object.hasOwn(fields, key)) key += '_';
  return key;
}

/** The types and stacks of the errors, under keys that no other member has. */
function eachErrorMember(
  emission: Emission,
  stacks: boolean,
  give: (key: string, value: Leaving) => void,
): void {
  const { fields, errors = {} } = emission;
  const taken = new Set([...RESERVED, ...Object.keys(fields).map((name) => keyOf(name, fields))]);
  const giveFree = (wanted: string, value: string | undefined): void => {
    if (value === undefined) return;
    let key = wanted;
    while (taken.has(key)) key += '_';
    taken.add(key);
    give(key, value);
  };
  for (const name of Object.keys(errors)) {
    giveFree(`${name}_type`, errors[name]?.type);
    if (stacks) giveFree(`${name}_stack`, toldStack(emission, name));
  }
}
