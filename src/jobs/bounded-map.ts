import { owned } from '../emission/text.js';

const KEPT = 10_000;
const KEPT_BYTES = 8 * 1024 * 1024;

/** Roughly the bytes of an entry besides its texts, and of one part of a value. */
const ENTRY = 128;
const PART = 48;
/** How many levels deep a value is copied. */
const DEPTH = 4;

interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
}

/**
 * A map of the newest entries: at most 10,000, and roughly 8 MiB. It forgets the oldest first. It copies texts in plain objects and lists: an
 * id may be a slice of a body of 200 kB, and would keep that body in memory.
 */
export class Recent<T> {
  readonly #kept = new Map<string, Entry<T>>();
  #bytes = 0;

  // Mostly the map is empty. Looking up a key that was just concatenated makes V8 flatten the string first.
  get(key: string): T | undefined {
    return this.#kept.size === 0 ? undefined : this.#kept.get(key)?.value;
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  keep(key: string, value: T): void {
    this.forget(key);
    const bytes = ENTRY + key.length + weightOf(value, DEPTH);
    // An entry that is larger than the whole map would push out all others.
    if (bytes > KEPT_BYTES) return;
    this.#kept.set(owned(key), { value: ownedDeep(value, DEPTH), bytes });
    this.#bytes += bytes;
    if (!this.#isFull()) return;
    // Not at each `keep`: an iteration over a map passes all deleted entries at its head.
    for (const oldest of this.#kept.keys()) {
      this.forget(oldest);
      if (!this.#isFull()) return;
    }
  }

  #isFull(): boolean {
    return this.#kept.size > KEPT || this.#bytes > KEPT_BYTES;
  }

  forget(key: string): void {
    const entry = this.#kept.size === 0 ? undefined : this.#kept.get(key);
    if (!entry) return;
    this.#kept.delete(key);
    this.#bytes -= entry.bytes;
  }
}

function weightOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return value.length;
  if (depth === 0 || !isPlain(value)) return 0;
  let bytes = PART;
  for (const part of Object.values(value)) bytes += PART + weightOf(part, depth - 1);
  return bytes;
}

function ownedDeep<T>(value: T, depth: number): T {
  if (typeof value === 'string') return owned(value) as T;
  if (depth === 0 || !isPlain(value)) return value;
  const copy = Array.isArray(value)
    ? value.map((part) => ownedDeep(part, depth - 1))
    : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, ownedDeep(part, depth - 1)]));
  return (Object.isFrozen(value) ? Object.freeze(copy) : copy) as T;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
