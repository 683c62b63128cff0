/** A way to run jobs on an engine. */
export interface EngineCase {
  readonly name: string;
  /** Makes a queue, and on BullMQ its workers; not part of what is measured. */
  prepare(): Promise<Run>;
}

export interface Run {
  /** Puts so many jobs into the queue, and resolves when all are done. */
  play(jobs: number): Promise<void>;
  close(): Promise<void>;
}

/** Jobs that run at once. */
export const CONCURRENCY = 10;

/** Does `add` for each of so many jobs, a few at a time. */
export async function addAll(jobs: number, add: (index: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < jobs; i += 50) {
    await Promise.all(Array.from({ length: Math.min(50, jobs - i) }, (_, k) => add(i + k)));
  }
}

/** Makes something when it is first asked for, and the same from then on: an app has one box, however often its workers start again. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Counts what is done, and tells when all is. */
export class Countdown {
  #left = 0;
  #done: (() => void) | undefined;

  start(jobs: number): Promise<void> {
    this.#left = jobs;
    return new Promise((done) => {
      this.#done = done;
    });
  }

  count(): void {
    this.#left--;
    if (this.#left === 0) this.#done?.();
  }
}
