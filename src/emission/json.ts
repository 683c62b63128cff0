import { cut, UNSERIALIZABLE } from './text.js';

const NODES = 10_000;

/** JSON that was made of a value. */
export interface JsonText {
  /** What `JSON.stringify` gives, up to the limit; behind it, less or nothing. */
  readonly text: string;
  /** How many parts of it were binary data, and became `[unserializable]`. */
  readonly lost: number;
}

/**
 * JSON of anything; undefined where there is none (cycles, BigInt, throwing toJSON, too deep, too many parts, binary data). It is right
 * up to `limit`, and not much longer. At most 10,000 parts are looked at.
 */
export function jsonOf(value: unknown, limit: number): JsonText | undefined {
  // JSON.stringify can not be held back: when its replacer is first asked, it has listed all the names of an object (sixteen million
  // strings for a typed array of that size) and called toJSON, which for a Buffer makes a list of all its bytes.
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

  /** Writes one value behind `before`. False where JSON has nothing for it: then nothing is written. */
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

  // What is cut off later need not be written.
  #put(text: string): void {
    if (this.text.length <= this.#limit) this.text += text;
  }

  /** What JSON takes in place of a value: what its toJSON says, the primitive in a box, a name for binary data. */
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

/** Whether a value is bytes, of whatever realm. */
export function isBinary(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return true;
  const tag = tagOf(value);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

/** The primitive in a box; else the value. */
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

// Unlike `instanceof`, it knows what comes from another realm.
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}

/** Whether JSON asks a value for its toJSON: functions and BigInts too. */
export function isComplex(value: unknown): value is object | bigint {
  return (
    (typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'bigint'
  );
}

function quoted(text: string, limit: number): string {
  return JSON.stringify(cut(text, limit));
}
