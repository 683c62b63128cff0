import { cut, UNSERIALIZABLE } from './text.js';

const NODES = 10_000;

/** A value as JSON. */
export interface JsonText {
  /** Equals the text of `JSON.stringify` up to the limit; after it, parts may be missing. */
  readonly text: string;
  /** How many parts were binary data and became `[unserializable]`. */
  readonly lost: number;
}

/**
 * Any value as JSON; undefined if it has none (cycles, BigInt, a throwing toJSON, too deep, too many parts, binary data). The text is exact
 * up to `limit` and not much longer. The writer reads at most 10,000 parts.
 */
export function jsonOf(value: unknown, limit: number): JsonText | undefined {
  // JSON.stringify can not be bounded: before its first call of the replacer it lists all names of an object (sixteen million strings for a
  // typed array of that size) and calls toJSON, which for a Buffer makes a list of all its bytes.
  const writer = new JsonWriter(limit);
  try {
    if (isBinary(value) || !writer.write('', '', value)) return undefined;
    return { text: writer.text, lost: writer.lost };
  } catch {
    return undefined;
  }
}

class JsonWriter {
  text = '';
  lost = 0;
  readonly #limit: number;
  readonly #path = new Set<object>();
  #nodes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Writes `before` and one value. Writes nothing and returns false if JSON leaves the value out. */
  write(before: string, name: string | number, given: unknown): boolean {
    if (++this.#nodes > NODES) throw new RangeError('too many parts');
    const value = this.#plain(given, name);
    switch (typeof value) {
      case 'string':
        this.#put(before);
        this.#put(quoted(value, this.#limit));
        return true;
      case 'number':
        this.#put(`${before}${Number.isFinite(value) ? value : 'null'}`);
        return true;
      case 'boolean':
        this.#put(`${before}${value}`);
        return true;
      case 'bigint':
        throw new TypeError('JSON has no BigInt');
      case 'object':
        this.#put(before);
        if (value === null) this.#put('null');
        else this.#within(value);
        return true;
      default:
        return false;
    }
  }

  // Text beyond the limit is cut off later.
  #put(text: string): void {
    if (this.text.length <= this.#limit) this.text += text;
  }

  /** The value that JSON writes: the result of toJSON, the primitive in a wrapper object, `[unserializable]` for binary data. */
  #plain(given: unknown, name: string | number): unknown {
    let value = given;
    if (isComplex(value) && !ArrayBuffer.isView(value)) {
      const { toJSON } = value as { readonly toJSON?: unknown };
      if (typeof toJSON === 'function') value = toJSON.call(value, String(name));
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if (!isBinary(value)) return unboxed(value);
    this.lost++;
    return UNSERIALIZABLE;
  }

  #within(value: object): void {
    if (this.#path.has(value)) throw new TypeError('a cycle');
    this.#path.add(value);
    if (Array.isArray(value)) this.#list(value);
    else this.#object(value as Readonly<Record<string, unknown>>);
    this.#path.delete(value);
  }

  #list(list: readonly unknown[]): void {
    this.#put('[');
    const { length } = list;
    for (let i = 0; i < length; i++) {
      const before = i === 0 ? '' : ',';
      if (!this.write(before, i, list[i])) this.#put(`${before}null`);
    }
    this.#put(']');
  }

  #object(object: Readonly<Record<string, unknown>>): void {
    const names = Object.keys(object);
    if (names.length > NODES - this.#nodes) throw new RangeError('too many parts');
    this.#put('{');
    let comma = '';
    for (const name of names)
      if (this.write(`${comma}${quoted(name, this.#limit)}:`, name, object[name])) comma = ',';
    this.#put('}');
  }
}

/** Whether a value is binary data, of any realm. */
export function isBinary(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return true;
  const tag = tagOf(value);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

/** The primitive in a wrapper object (`new Number(1)`), or the value itself. */
export function unboxed(value: object): unknown {
  switch (tagOf(value)) {
    case '[object Number]':
      return Number.prototype.valueOf.call(value);
    case '[object String]':
      return String.prototype.valueOf.call(value);
    case '[object Boolean]':
      return Boolean.prototype.valueOf.call(value);
    case '[object BigInt]':
      return BigInt.prototype.valueOf.call(value);
    default:
      return value;
  }
}

// Unlike `instanceof`, the tag recognises objects of other realms.
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}

/** Whether JSON looks for a toJSON on a value. It does so for functions and BigInts too. */
export function isComplex(value: unknown): value is object | bigint {
  return (
    (typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'bigint'
  );
}

function quoted(text: string, limit: number): string {
  return JSON.stringify(cut(text, limit));
}
