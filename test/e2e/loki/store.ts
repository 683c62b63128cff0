import type { Entry } from '../logql/entry.js';

/** The records that Loki would keep, in the order of their times. */
export class Store {
  readonly #entries: Entry[] = [];
  readonly #known = new Set<string>();
  #isSorted = true;

  /** What is in one stream at one time with one line is kept once: so Loki takes what is delivered again. */
  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const key = JSON.stringify([Object.entries(entry.stream).sort(), String(entry.time), entry.line]);
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.#entries.push(entry);
      this.#isSorted = false;
    }
  }

  get entries(): readonly Entry[] {
    if (!this.#isSorted) this.#entries.sort((a, b) => Number(a.time - b.time));
    this.#isSorted = true;
    return this.#entries;
  }
}
