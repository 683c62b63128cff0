/**
 * Runs a task, one run at a time. `ask()` resolves with a run that begins after the call, so that the run covers all that was there
 * before. Calls during a run share the next run. At most one run waits.
 */
export class JoinedRuns {
  readonly #task: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #end: Promise<void> | undefined;

  /** `task` settles and never rejects. */
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

  /** Asks for the last run. No run follows it. */
  end(): Promise<void> {
    this.#end ??= this.ask();
    return this.#end;
  }
}
