import type { Field } from '../signal/field.js';
import type { AnySignal } from '../signal/signal.js';

/** One thing that is wrong with an emit. */
export interface Fault {
  /** What stands for it: each is told once. */
  readonly key: string;
  readonly sentence: string;
  readonly fix: string;
}

type DidYouMean = (name: string, known: Iterable<string>) => string;

/** What is wrong with the values of an emit, without the values: some may be sensitive, and a terminal is no place for them. */
export function faultsOf(
  signal: AnySignal,
  fields: unknown,
  options: unknown,
  didYouMean: DidYouMean,
): readonly Fault[] {
  const { name } = signal;
  const given = typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {};
  const faults: Fault[] = [];
  if (fields !== undefined && fields !== null && typeof fields !== 'object')
    faults.push({
      key: `${name}.*`,
      sentence: `the values of ${name} are ${whatOf(fields)}, and none of them leaves.`,
      fix: 'Give an object of values by the names of fields.',
    });
  else if (!signal.open) {
    const known = Object.keys(signal.fields);
    for (const [field, declared] of Object.entries(signal.fields)) {
      const fault = faultOf(name, field, declared, read(given, field));
      if (fault) faults.push(fault);
    }
    for (const field in given)
      if (!Object.hasOwn(signal.fields, field))
        faults.push({
          key: `${name}.${field}`,
          sentence: `${name} declares no field '${field}', which does not leave.${didYouMean(field, known)}`,
          fix: `Leave it out, or declare it: defineSignal('${name}', { fields: { ${[...known, field].join(', ')} } }).`,
        });
  }
  return faults.length > 0 ? faults : [optionsFault(name, options)];
}

function faultOf(signal: string, field: string, declared: Field<unknown>, value: unknown): Fault | undefined {
  const expected = isRight(declared, value) ? undefined : EXPECTED[declared.kind](declared);
  if (expected === undefined) return undefined;
  const key = `${signal}.${field}`;
  if (value === undefined)
    return {
      key,
      sentence: `${signal} was given no '${field}', which is not optional.`,
      fix: `Give ${expected}, or declare it with field.optional(…).`,
    };
  const what = declared.kind === 'enum' && typeof value === 'string' ? 'none of its values' : whatOf(value);
  return {
    key,
    sentence: `the field '${field}' of ${signal} is ${what}, and does not leave.`,
    fix: `Give ${expected}.`,
  };
}

const NUMBER = (): string => 'a finite number';
const TEXT = (): string => 'a string';
/** What may be given, by kind; of those that take everything nothing is wrong. */
const EXPECTED: Readonly<Record<Field<unknown>['kind'], (field: Field<unknown>) => string | undefined>> = {
  string: TEXT,
  id: TEXT,
  text: TEXT,
  enum: ({ values = [] }) => `one of ${values.map((value) => `'${value}'`).join(', ')}`,
  boolean: () => 'true or false',
  number: NUMBER,
  duration: () => 'milliseconds, as a finite number',
  int: () => 'a whole number',
  time: () => 'a Date, or milliseconds since 1970',
  error: () => 'an error',
  list: () => 'a list of strings',
  json: () => 'a value',
};

/** As the values are read when they are emitted: a test holds the two together. */
function isRight(field: Field<unknown>, value: unknown): boolean {
  if (value === undefined) return field.optional === true;
  switch (field.kind) {
    case 'string':
    case 'id':
    case 'text':
      return typeof value === 'string';
    case 'enum':
      return typeof value === 'string' && field.values?.includes(value) === true;
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
    case 'duration':
      return Number.isFinite(value) && isCarriable(value);
    case 'int':
      return Number.isInteger(value) && isCarriable(value);
    case 'time':
      return isTime(value);
    case 'list':
      // As far as a list leaves.
      return Array.isArray(value) && Array.from(value.slice(0, 128)).every((one) => typeof one === 'string');
    default:
      return true;
  }
}

// The wire has no room for numbers outside of 64 bits, which are all whole.
function isCarriable(value: unknown): boolean {
  return Math.abs(value as number) < 2 ** 63;
}

function isTime(value: unknown): boolean {
  try {
    const millis = typeof value === 'number' ? value : Date.prototype.getTime.call(value);
    return !Number.isNaN(new Date(millis).getTime());
  } catch {
    return false;
  }
}

function read(from: Record<string, unknown>, name: string): unknown {
  try {
    return name in Object.prototype && !Object.hasOwn(from, name) ? undefined : from[name];
  } catch {
    return undefined;
  }
}

function optionsFault(signal: string, options: unknown): Fault {
  const names = typeof options === 'object' && options !== null ? Object.keys(options) : [];
  return {
    key: `${signal} options`,
    sentence: `an emit of ${signal} was given a value that does not leave${names.length > 0 ? `; its options are ${names.join(', ')}` : ''}.`,
    fix: 'Give `message` as text, and `timestamp` as milliseconds since 1970.',
  };
}

function whatOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'no finite number';
  const type = typeof value;
  if (type === 'object') return 'an object';
  return type === 'function' ? 'a function' : type === 'undefined' ? 'undefined' : `a ${type}`;
}
