import { isError } from '../emission/describe-error.js';
import { isBinary, isComplex, jsonOf, unboxed } from '../emission/json.js';
import { REDACTED } from '../emission/reveal.js';
import { swallow } from '../emission/swallow.js';
import { UNSERIALIZABLE } from '../emission/text.js';
import type { Ending, Place } from './path-tree.js';
import { endingAt, stepTo } from './path-tree.js';

/** So many parts of a value are looked at. */
const PARTS = 10_000;
/** How much of the JSON of an object a policy gets. */
const JSON_LENGTH = 4096;
/** What is told of an error: a path to one of them leads into it. */
const OF_ERRORS = ['message', 'stack', 'name', 'code', 'type', 'cause', 'errors'] as const;

/** A value as it may leave: a copy as far as paths lead into it, and else the value itself. Each property is read once. */
export class RedactedCopy {
  #parts = 0;

  /**
   * Of a value of the record itself: of those an error is described, and functions and BigInts are told as they are. Throws where a policy
   * does, and where the value has too many parts.
   */
  of(value: unknown, name: string, place: Place): unknown {
    const isTold = isError(value)
      ? !isToldLedInto(place)
      : typeof value === 'function' || typeof value === 'bigint';
    return isTold && endingAt(place) === undefined ? value : this.#part(value, name, place);
  }

  // Of what lies within, JSON is written: what it would take is what paths lead into, and nothing is left that it would ask again.
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
    // Without a prototype: `__proto__` is a name as others.
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
    // JSON has nothing for a function, and would ask one that is called toJSON.
    return typeof value === 'function' ? undefined : this.#part(value, name, place);
  }

  // Its stack repeats its message, and has those of its causes: where a path leads into it, they do not leave.
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

/** What leaves in place of a value that a path leads to. */
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

/** What JSON takes in its place. */
function plainOf(value: object | bigint, name: string): unknown {
  if (ArrayBuffer.isView(value)) return value;
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? toJSON.call(value, name) : value;
}

// Bytes, and primitives in a box, have no names. What they say of themselves has been asked.
function closed(value: object): object | undefined {
  if (isBinary(value)) return ArrayBuffer.isView(value) ? value : new Uint8Array(0);
  const primitive = unboxed(value);
  return primitive === value ? undefined : Object(primitive);
}
