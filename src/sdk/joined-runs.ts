/**
 * Does a task one run at a time. Who asks gets the end of a run that began after that, so nothing that was there is left out; those
 * who ask while a run is on share the next. There is never more than one that waits.
 */
export class JoinedRuns {
  readonly #task: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #end: Promise<void> | undefined;

  /** The task settles, and never rejects. */
  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  ask(): Promise<void> {
    const coming = this.#end ?? this.#next;
    if (coming) return coming;
    const next = this.#last.then(() => {
      this.#next = undefined;
      return this.#task();
    });
    this.#next = next;
    this.#last = next;
    return next;
  }

  /** Asks for the last run: there is none after it. */
  end(): Promise<void> {
    this.#end ??= this.ask();
    return this.#end;
  }
}
