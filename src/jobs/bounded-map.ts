import { owned } from '../emission/text.js';

const KEPT = 10_000;
const KEPT_BYTES = 8 * 1024 * 1024;

/** What an entry takes beside its texts, roughly, and what a part of a value does. */
const ENTRY = 128;
const PART = 48;
/** How far into a value copies go. */
const DEPTH = 4;

interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
}

/**
 * What was kept lately, by key: at most 10,000, and roughly 8 MiB; the oldest is forgotten first. Texts in plain objects and lists are
 * copied: an id may be cut from a body of 200 kB, and would keep it.
 */
export class Recent<T> {
  readonly #kept = new Map<string, Entry<T>>();
  #bytes = 0;

  // Mostly there is nothing: to look a key up that was just put together is to write it out first.
  get(key: string): T | undefined {
    return this.#kept.size === 0 ? undefined : this.#kept.get(key)?.value;
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  keep(key: string, value: T): void {
    this.forget(key);
    const bytes = ENTRY + key.length + weightOf(value, DEPTH);
    // What is larger than all that is kept would leave nothing of it.
    if (bytes > KEPT_BYTES) return;
    this.#kept.set(owned(key), { value: ownedDeep(value, DEPTH), bytes });
    this.#bytes += bytes;
    if (!this.#isFull()) return;
    // Not for each that is kept: whoever goes through a map passes all that was forgotten at its head.
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
