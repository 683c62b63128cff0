import type { Field } from '../signal/field.js';

const NUMBER = (): string => 'a finite number';
const TEXT = (): string => 'a string';
/** What may be given, by kind; of those that take everything nothing is wrong. */
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

/** What a field takes, in words. */
export function expectedOf(field: Field<unknown>): string {
  return EXPECTED[field.kind](field);
}

/** As the values are read when they are emitted: a test holds the two together. */
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
      return Number.isFinite(value) && isCarriable(value);
    case 'int':
      return Number.isInteger(value) && isCarriable(value);
    case 'time':
      return isTime(value);
    case 'list':
      return isListOfStrings(value);
    default:
      return true;
  }
}

/** Whether the wire can carry a number: it has no room for those outside of 64 bits, which are all whole. */
export function isCarriable(value: unknown): boolean {
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

function isListOfStrings(value: unknown): boolean {
  try {
    // As far as a list leaves.
    return Array.isArray(value) && Array.from(value.slice(0, 128)).every((one) => typeof one === 'string');
  } catch {
    // It is counted as what can not be read.
    return true;
  }
}

/** Whether it has no names but indexes, of which there may be millions. */
export function isList(value: unknown): boolean {
  try {
    return ArrayBuffer.isView(value) || Array.isArray(value);
  } catch {
    return false;
  }
}

/** As an error is known when it is emitted, of another realm too. */
export function isError(value: unknown): boolean {
  try {
    const tag = Object.prototype.toString.call(value);
    return value instanceof Error || tag === '[object Error]' || tag === '[object DOMException]';
  } catch {
    return false;
  }
}

/** What a value is, without the value. */
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
