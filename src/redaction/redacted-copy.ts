import { isError } from '../emission/describe-error.js';
import { isBinary, isComplex, jsonOf, unboxed } from '../emission/json.js';
import { REDACTED } from '../emission/reveal.js';
import { swallow } from '../emission/swallow.js';
import { UNSERIALIZABLE } from '../emission/text.js';
import type { Ending, Place } from './path-tree.js';
import { endingAt, stepTo } from './path-tree.js';

/** The most parts of a value that are read. */
const PARTS = 10_000;
/** The most characters of the JSON of an object that a policy gets. */
const JSON_LENGTH = 4096;
/** The properties that describe an error. A path to one of them leads into the error. */
const OF_ERRORS = ['message', 'stack', 'name', 'code', 'type', 'cause', 'errors'] as const;

/** The redacted form of a value: a copy as far as paths lead into it, the value itself where none does. Reads each property once. */
export class RedactedCopy {
  #parts = 0;

  /**
   * Redacts a value of the record itself. An error, a function or a BigInt that no path touches is returned unchanged, because the record
   * describes it itself. Throws if a policy throws or if the value has too many parts.
   */
  of(value: unknown, name: string, place: Place): unknown {
    const isTold = isError(value)
      ? !isToldLedInto(place)
      : typeof value === 'function' || typeof value === 'bigint';
    return isTold && endingAt(place) === undefined ? value : this.#part(value, name, place);
  }

  // Nested values leave as JSON. The copy therefore holds what JSON would write (the result of toJSON), so that JSON calls no code of the app
  // again.
  #part(value: unknown, name: string, place: Place): unknown {
    if (++this.#parts > PARTS) throw new RangeError('too many parts');
    if (place.length === 0) return value;
    const ending = endingAt(place);
    if (ending !== undefined) return value === undefined ? undefined : ended(value, ending);
    if (isError(value) && isToldLedInto(place)) return this.#error(value, place);
    const plain = isComplex(value) ? plainOf(value, name) : value;
    if (typeof plain === 'function') return undefined;
    if (typeof plain !== 'object' || plain === null) return plain;
    if (Array.isArray(plain)) return this.#list(plain, place);
    return closed(plain) ?? this.#object(plain, place);
  }

  #list(list: readonly unknown[], place: Place): unknown[] {
    const copy: unknown[] = [];
    const { length } = list;
    for (let i = 0; i < length; i++) copy.push(this.#part(list[i], String(i), stepTo(place, String(i))));
    return copy;
  }

  #object(object: object, place: Place): object {
    // Without a prototype, so that `__proto__` is an ordinary name.
    const copy = Object.create(null) as Record<string, unknown>;
    for (const name of Object.keys(object)) copy[name] = this.#property(object, name, stepTo(place, name));
    return copy;
  }

  #property(object: object, name: string, place: Place): unknown {
    let value: unknown;
    try {
      value = (object as Readonly<Record<string, unknown>>)[name];
    } catch {
      return UNSERIALIZABLE;
    }
    // JSON leaves functions out, and would call a function named toJSON.
    return typeof value === 'function' ? undefined : this.#part(value, name, place);
  }

  // The stack repeats the message and holds the causes' messages: if a path leads into the error, stack and causes do not leave.
  #error(error: Error, place: Place): unknown {
    const copy = new Error();
    for (const name of ['name', 'code', 'message'] as const) {
      const left = this.#property(error, name, stepTo(place, name));
      Object.defineProperty(copy, name, { value: left, configurable: true });
    }
    Object.defineProperty(copy, 'stack', { value: undefined, configurable: true });
    return copy;
  }
}

function isToldLedInto(place: Place): boolean {
  return OF_ERRORS.some((name) => stepTo(place, name).length > 0);
}

/** The form in which a value at the end of a path leaves. */
function ended(value: unknown, ending: Ending): unknown {
  if (ending === true) return REDACTED;
  if (Array.isArray(value)) return value.slice(0, PARTS).flatMap((entry) => ended(entry, ending) ?? []);
  const text: unknown = ending(textOf(value));
  if (text === undefined || typeof text === 'string') return text;
  swallow(text);
  throw new TypeError('a policy gave no string');
}

function textOf(value: unknown): string {
  if (isError(value)) return String(value.message);
  if (typeof value === 'object' || typeof value === 'function')
    return jsonOf(value, JSON_LENGTH)?.text.slice(0, JSON_LENGTH) ?? '';
  return String(value);
}

/** The value that JSON writes in its place: the result of toJSON, if there is one. */
function plainOf(value: object | bigint, name: string): unknown {
  if (ArrayBuffer.isView(value)) return value;
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? toJSON.call(value, name) : value;
}

// Binary data and wrapper objects have no named parts. Their toJSON has been called already.
function closed(value: object): object | undefined {
  if (isBinary(value)) return ArrayBuffer.isView(value) ? value : new Uint8Array(0);
  const primitive = unboxed(value);
  return primitive === value ? undefined : Object(primitive);
}
