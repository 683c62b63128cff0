import type { AnyClass } from '../adapters/common/observed-prototype.js';

interface Known<N extends string> {
  readonly name: N;
  undo: (() => void) | undefined;
}

/** The loaded classes of an engine, of all its copies. All are observed while the instrumentation is enabled. */
export class KnownClasses<N extends string> {
  readonly #observe: (name: N, Class: AnyClass<object>) => (() => void) | undefined;
  readonly #known = new Map<AnyClass<object>, Known<N>>();
  #on = false;

  /** @param observe Returns the undo. Returns undefined if it failed, so that `on` tries again. */
  constructor(observe: (name: N, Class: AnyClass<object>) => (() => void) | undefined) {
    this.#observe = observe;
  }

  /** Adds a loaded class. Ignores a value that is not a class. */
  see(name: N, Class: unknown): void {
    if (typeof Class !== 'function' || typeof Class.prototype !== 'object') return;
    const given = Class as unknown as AnyClass<object>;
    if (this.#known.has(given)) return;
    const known: Known<N> = { name, undo: undefined };
    this.#known.set(given, known);
    if (this.#on) known.undo = this.#observe(name, given);
  }

  on(): void {
    this.#on = true;
    for (const [Class, known] of this.#known) known.undo ??= this.#observe(known.name, Class);
  }

  off(): void {
    this.#on = false;
    for (const known of this.#known.values()) {
      known.undo?.();
      known.undo = undefined;
    }
  }
}
