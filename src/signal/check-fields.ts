import type { Field, Fields, Kind } from './field.js';
import type { OptionNames } from './option-checks.js';
import { checkSwitch, unknownOption } from './option-checks.js';
import { SignalboxError, shown } from './signalbox-error.js';

const FIELD_NAME = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const RESERVED: readonly string[] = ['time', 'signal', 'message', 'severity', 'trace_id', 'span_id'];
const KINDS: Readonly<Record<Kind, true>> = {
  string: true,
  id: true,
  text: true,
  enum: true,
  boolean: true,
  number: true,
  int: true,
  duration: true,
  time: true,
  error: true,
  list: true,
  json: true,
};

const PARTS: OptionNames<Field<unknown>> = {
  kind: true,
  attribute: true,
  sensitive: true,
  metricsOnly: true,
  optional: true,
  values: true,
  detail: true,
  '~type': true,
};

export function isFieldName(name: unknown): name is string {
  return typeof name === 'string' && FIELD_NAME.test(name) && name !== '__proto__';
}

// Signals often share field definitions: one shared copy saves memory and stays in the processor's caches.
const copies = new WeakMap<Field<unknown>, Field<unknown>>();

function frozenCopy(field: Field<unknown>): Field<unknown> {
  const found = copies.get(field);
  if (found && isEqual(found, field)) return found;
  const copy = Object.freeze({ ...field });
  copies.set(field, copy);
  return copy;
}

function isEqual(a: Field<unknown>, b: Field<unknown>): boolean {
  const keys = Object.keys(a) as (keyof Field<unknown>)[];
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

/** Checks fields that one call declares; `where` names the call. Throws a {@link SignalboxError}; returns a frozen copy. */
export function checkFields(where: string, fields: unknown): Fields {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new SignalboxError(
      `${where}: \`fields\` is ${shown(fields)}. Give an object of fields by name, as in { job_id: field.id() }.`,
    );
  const checked: Record<string, Field<unknown>> = {};
  const owners = new Map<string, string>();
  for (const [name, field] of Object.entries(fields) as [string, Field<unknown>][]) {
    checkField(where, name, field);
    checked[name] = frozenCopy(field);
    if (field.metricsOnly) continue;
    for (const key of keysOf(name, field)) {
      const other = owners.get(key);
      if (other !== undefined)
        throw new SignalboxError(
          `${where}: the fields '${other}' and '${name}' have the same attribute '${key}'. Give each its own.`,
        );
      owners.set(key, name);
    }
  }
  return Object.freeze(checked);
}

function checkField(where: string, name: string, field: Field<unknown>): void {
  if (!isFieldName(name) || RESERVED.includes(name)) {
    throw new SignalboxError(
      `${where}: a field can not be called ${shown(name)}. Use an identifier other than ${RESERVED.join(', ')}.`,
    );
  }
  const at = `${where}: field '${name}'`;
  if (typeof field !== 'object' || field === null || !Object.hasOwn(KINDS, field.kind)) {
    throw new SignalboxError(
      `${at} is ${shown(field)}. Make it with the functions of \`field\`, as in \`${name}: field.string()\`.`,
    );
  }
  const problem = unknownOption(field, PARTS);
  if (problem !== undefined) throw new SignalboxError(`${at}: ${problem}`);
  const { attribute, kind, values } = field;
  if (attribute !== undefined && (!isText(attribute) || ['', '__proto__'].includes(attribute)))
    throw new SignalboxError(
      `${at} has the attribute ${shown(attribute)}. Give a non-empty key, as in 'job.id'.`,
    );
  for (const option of ['metricsOnly', 'optional'] as const) {
    if (field[option] !== undefined) checkSwitch(at, option, field[option]);
  }
  const { sensitive } = field;
  if (!['undefined', 'boolean', 'function'].includes(typeof sensitive))
    throw new SignalboxError(
      `${at}: \`sensitive\` is ${shown(sensitive)}. Use true, false, or a policy, as those of signalbox/redaction.`,
    );
  const listed: unknown = values;
  if (kind !== 'enum') return;
  if (!Array.isArray(listed) || listed.length === 0 || !listed.every(isText))
    throw new SignalboxError(
      `${at} is one of ${shown(listed)}. Give a list of strings, as in \`field.oneOf(['EUR', 'USD'])\`.`,
    );
}

// UTF-8 can not carry half of a surrogate pair.
export function isText(value: unknown): value is string {
  return typeof value === 'string' && !/\p{Surrogate}/u.test(value);
}

// The semantic conventions fix the attribute keys of an error, whatever its field is called.
function keysOf(name: string, field: Field<unknown>): readonly string[] {
  if (field.kind !== 'error') return [field.attribute ?? name];
  if (field.detail === 'type') return ['error.type'];
  return ['error.type', 'exception.type', 'exception.message', 'exception.stacktrace'];
}
