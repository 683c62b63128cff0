import type { AnyClass } from '../adapters/common/observed-prototype.js';

interface Known<N extends string> {
  readonly name: N;
  undo: (() => void) | undefined;
}

/** Classes of an engine that were loaded: those of several copies of it too. All are observed while that is switched on. */
export class KnownClasses<N extends string> {
  readonly #observe: (name: N, Class: AnyClass<object>) => (() => void) | undefined;
  readonly #known = new Map<AnyClass<object>, Known<N>>();
  #on = false;

  /** @param observe Returns what ends it; nothing where it failed, and is to be tried again. */
  constructor(observe: (name: N, Class: AnyClass<object>) => (() => void) | undefined) {
    this.#observe = observe;
  }

  /** A class was loaded; what is none is left alone. */
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
