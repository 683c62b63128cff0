import { isList } from '../emission/level-record.js';
import { isCarriable } from '../emission/wire-range.js';
import type { Field } from '../signal/field.js';

const NUMBER = (): string => 'a finite number';
const TEXT = (): string => 'a string';
/** The values that each kind takes, in words. `error` and `json` take any value; their texts are printed only if the value is missing. */
const EXPECTED: Readonly<Record<Field<unknown>['kind'], (field: Field<unknown>) => string>> = {
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

/** The values that a field takes, in words. */
export function expectedOf(field: Field<unknown>): string {
  return EXPECTED[field.kind](field);
}

/** Whether the box accepts a value for a field. Must agree with `cleanValue` of the emission layer; a test compares both. */
export function isRight(field: Field<unknown>, value: unknown): boolean {
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
      return Number.isFinite(value) && isCarriable(value as number);
    case 'int':
      return Number.isInteger(value) && isCarriable(value as number);
    case 'time':
      return isTime(value);
    case 'list':
      return isListOfStrings(value);
    default:
      return true;
  }
}

function isTime(value: unknown): boolean {
  try {
    const millis = typeof value === 'number' ? value : Date.prototype.getTime.call(value);
    return !Number.isNaN(new Date(millis).getTime());
  } catch {
    return false;
  }
}

function isListOfStrings(value: unknown): boolean {
  try {
    // Only the entries that may leave.
    return Array.isArray(value) && Array.from(value.slice(0, 128)).every((one) => typeof one === 'string');
  } catch {
    // The box counts an unreadable list as unserializable, not as a wrong type.
    return true;
  }
}

/** The type of a value in words, without the value. */
export function whatOf(value: unknown): string {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (typeof value === 'number') return numberOf(value);
  const type = typeof value;
  if (type === 'object') return 'an object';
  return type === 'function' ? 'a function' : type === 'undefined' ? 'undefined' : `a ${type}`;
}

function numberOf(value: number): string {
  if (!Number.isFinite(value)) return 'no finite number';
  return isCarriable(value) ? 'a number' : 'a number beyond 64 bits';
}
