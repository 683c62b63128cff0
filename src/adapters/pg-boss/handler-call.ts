import { afterFailureOf, followsInTable, retryLands } from './after-failure.js';
import type { ObservedBoss } from './boss-state.js';
import type { JobRow } from './job-row.js';
import { attachNote } from './link-note.js';
import type { HandledJob, IsHeld, WayOfSettling } from './settle/way.js';
import { lifeOf } from './stalls.js';
import { limitOf } from './start-attempt.js';

/** Recorded on attempts that still run at shutdown, in the words that pg-boss stores. Never thrown. */
class ShutDown extends Error {
  override readonly name = 'ShutdownError';
  readonly code = 'shutdown';
}

/** How pg-boss ended a handler call that still ran. */
export type Ending = 'timeout' | 'shutdown';

/** What a call of a handler is about. */
export interface CallParts {
  readonly observed: ObservedBoss;
  readonly queue: string;
  readonly handled: readonly HandledJob[];
  /** Finds out what became of its jobs if pg-boss's own settling can not be heard, or comes too late. */
  readonly way: () => WayOfSettling;
}

/** One call of a handler, from its beginning until the outcome of each of its jobs is known. */
export abstract class HandlerCall {
  protected readonly observed: ObservedBoss;
  protected readonly queue: string;
  protected readonly handled: readonly HandledJob[];
  protected readonly way: () => WayOfSettling;
  /** Somebody is settling its jobs, and emits their ends. */
  protected isSettling = false;
  protected ending: Ending | undefined;
  readonly #startedAt: number = performance.now();
  #unwatch: (() => void)[] | undefined;

  constructor({ observed, queue, handled, way }: CallParts) {
    this.observed = observed;
    this.queue = queue;
    this.handled = handled;
    this.way = way;
    for (const one of handled) observed.running.hold(one.job.id, one);
  }

  /** The handler has returned. Await the result: it rejects where pg-boss's completion would fail, with the same error. */
  abstract completed(value: unknown): Promise<void> | undefined;
  /** The handler has thrown. Await the result, which never rejects. */
  abstract failed(error: unknown): Promise<void> | undefined;
  /** The time of its jobs is up, and its handler still runs. */
  protected abstract timeIsUp(limitMillis: number): void;

  /** Watches the signals of its jobs from now on. */
  watch(): void {
    if (this.#unwatch || this.isSettling) return;
    this.#unwatch = [];
    for (const one of this.handled) this.#watch(one, this.#unwatch);
    if (this.#unwatch.length === 0) this.#watchClock(this.#unwatch);
  }

  /** pg-boss has stopped, and has failed the jobs that still run. */
  stopped(): void {
    this.#ended();
  }

  protected unwatch(): void {
    for (const unwatch of this.#unwatch ?? []) unwatch();
  }

  /** Its handler has ended, and its jobs are settled. */
  protected end(): void {
    this.unwatch();
    for (const { job, attempt } of this.handled) this.observed.running.release(job.id, attempt);
  }

  // pg-boss aborts the signal when the time is up, at a shutdown, when the claim is gone, and after each normal return too.
  #watch({ job, attempt }: HandledJob, unwatch: (() => void)[]): void {
    const { signal } = job;
    if (typeof signal?.addEventListener !== 'function') return;
    const aborted = (): void => {
      const reason: unknown = signal.reason;
      if (reason instanceof Error && reason.name !== 'AbortError') attempt.lost();
      else this.#ended();
    };
    signal.addEventListener('abort', aborted, { once: true });
    unwatch.push(() => signal.removeEventListener('abort', aborted));
  }

  // Before 12.4 there is no signal. pg-boss's own timer starts in the same turn, and lasts as long. At a shutdown pg-boss fails the jobs that still
  // run.
  #watchClock(unwatch: (() => void)[]): void {
    const { unsignalled } = this.observed;
    const timer = setTimeout(() => this.#ended(), this.limit);
    unsignalled.add(this);
    unwatch.push(() => {
      clearTimeout(timer);
      unsignalled.delete(this);
    });
  }

  #ended(): void {
    if (this.ending) return;
    const limit = this.limit;
    const early = performance.now() - this.#startedAt < limit - 50;
    this.ending = this.observed.stopping && early ? 'shutdown' : 'timeout';
    // A way that has been asked answers soon. If it answers that a job is gone, `gone` reads why.
    if (this.isSettling) return;
    if (this.ending === 'timeout') this.timeIsUp(limit);
    else for (const one of this.open()) this.gone(one);
  }

  protected get limit(): number {
    return limitOf(this.handled.map(({ job }) => job));
  }

  protected open(): readonly HandledJob[] {
    return this.handled.filter(({ attempt }) => !attempt.settled);
  }

  protected emitEnds(open: readonly HandledJob[], held: IsHeld, emit: (one: HandledJob) => void): void {
    this.#afterCommands(open, () => {
      for (const one of open) {
        if (held(one)) emit(one);
        else this.gone(one);
      }
    });
  }

  // First emit the signals of the app's commands about these jobs. The end of the handler waits for nothing.
  #afterCommands(open: readonly HandledJob[], emit: () => void): void {
    const { commands } = this.observed.running;
    const emitted = commands.isEmpty
      ? undefined
      : commands.on([this.queue, ...open.map(({ job }) => job.id)]);
    if (emitted) this.beside(emitted.then(emit));
    else emit();
  }

  protected beside(work: Promise<void>): void {
    const settling = work.finally(() => this.observed.settling.delete(settling));
    this.observed.settling.add(settling);
    this.observed.core.tellLater(settling);
  }

  /** The attempt no longer held the job when it was to be settled. */
  protected gone(one: HandledJob): void {
    const { job, attempt } = one;
    // At a shutdown, pg-boss fails the jobs before it aborts the signal. At a time limit that signalbox does not settle, it fails them after that.
    const settled = this.ending === 'shutdown' || this.way().settles;
    if (this.ending === undefined) attempt.lost();
    else if (!settled || retryLands(job)) this.emitGone(one);
    else this.beside(this.rows([one]).then((rows) => this.emitGone(one, rows.get(job.id))));
  }

  protected emitGone({ job, attempt }: HandledJob, row?: JobRow): void {
    if (this.ending === 'timeout') {
      attempt.timedOut(this.limit, afterFailureOf(job, row, 'timeout'));
      // The supervisor may have ended it first: it is the same end.
      this.observed.lives.keep(lifeOf(job.id, job.retryCount + 1), true);
    } else attempt.failed(new ShutDown('pg-boss shut down while active'), afterFailureOf(job, row));
  }

  /** The jobs could not be settled: their attempts are lost. */
  protected unsettled(open: readonly HandledJob[], trouble: unknown): void {
    this.observed.core.report('pg-boss:settle', 'a job could not be settled: its attempt is lost', trouble);
    for (const { attempt } of open) attempt.lost();
  }

  /** The rows of the failed jobs, where only the table says what follows. */
  protected async rows(failed: readonly HandledJob[]): Promise<ReadonlyMap<string, JobRow>> {
    const asked = failed.filter(({ job }) => followsInTable(job)).map(({ job }) => job.id);
    const rows = asked.length === 0 ? [] : await this.observed.table.find(this.queue, asked);
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** If links are to be persisted, leaves a note on an error for the next attempt. Returns a function that removes the note. */
  protected note({ job, attempt }: HandledJob, error: unknown): () => void {
    if (this.observed.attemptLinks === 'memory' || !this.observed.core.enabled()) return () => undefined;
    const single = this.handled.length === 1;
    return attachNote(error, {
      carrier: attempt.carrier,
      ...(single
        ? { job: job.id, attempt: job.retryCount + 1, firstRun: this.observed.firstRuns.get(job.id) }
        : {}),
    });
  }

  /** Fails the jobs before pg-boss would, or only asks. The answer says whether the attempts still held them. Never rejects. */
  protected async fail(
    open: readonly HandledJob[],
    error: unknown,
    emit: (one: HandledJob, row?: JobRow) => void,
  ): Promise<void> {
    const [first] = open;
    if (!first) return;
    const detach = this.note(first, error);
    try {
      const way = this.way();
      const held = await way.failed(open, error);
      // If pg-boss still has to settle the jobs, the table does not have the outcome yet.
      const rows = way.settles ? await this.rows(open) : undefined;
      this.emitEnds(open, held, (one) => emit(one, rows?.get(one.job.id)));
      // pg-boss has stored the error. If it still has to, the note stays on.
      if (way.settles) detach();
    } catch (trouble) {
      this.unsettled(open, trouble);
    }
  }

  /** Fails the jobs for their time limit before pg-boss does the same. The answer says whether the attempts still held them. */
  protected async timeOut(limit: number): Promise<void> {
    const error = new Error(`handler execution exceeded ${limit / 1000}s`);
    await this.fail(this.open(), error, ({ attempt, job }, row) =>
      attempt.timedOut(limit, afterFailureOf(job, row, 'timeout')),
    );
  }
}
