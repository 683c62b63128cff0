import type { Arrivals } from '../stage/arrivals.js';

export type Done = (result: { readonly code: number; readonly error?: Error }) => void;

interface Item {
  readonly attributes: Record<string, unknown>;
}

/** How an exporter takes one call; `nth` counts the calls from 0. `take` writes items into the book of what arrived. */
export type Taking = (
  items: Item[],
  done: Done,
  nth: number,
  take: (items: readonly Item[]) => void,
) => unknown;

/** What else such an exporter does. */
export interface SickOptions {
  /** It writes itself into the book what it takes. Else all that it is given arrives, whatever it answers. */
  readonly picks?: boolean;
  /** It may not answer in its time: that is short, as are the deadlines. */
  readonly late?: boolean;
  readonly forceFlush?: () => unknown;
  readonly shutdown?: () => unknown;
}

/** An exporter of records or spans that does with each call what a fault says. */
export class SickExporter {
  readonly calls = { export: 0, forceFlush: 0, shutdown: 0 };
  readonly #seen: Arrivals | undefined;
  readonly #taking: Taking;
  readonly #options: SickOptions;

  constructor(
    seen: Arrivals | undefined,
    taking: Taking = (_, done) => done({ code: 0 }),
    options: SickOptions = {},
  ) {
    this.#seen = seen;
    this.#taking = taking;
    this.#options = options;
  }

  export(items: never[], done: Done): never {
    const take = (some: readonly Item[]): void => {
      for (const { attributes } of some) this.#seen?.take(attributes.n);
    };
    if (!this.#options.picks) take(items);
    return this.#taking(items, done, this.calls.export++, take) as never;
  }
  forceFlush(): Promise<void> {
    this.calls.forceFlush++;
    return (this.#options.forceFlush?.() ?? Promise.resolve()) as Promise<void>;
  }
  shutdown(): Promise<void> {
    this.calls.shutdown++;
    return (this.#options.shutdown?.() ?? Promise.resolve()) as Promise<void>;
  }
}
