import { afterFailureOf, followsInTable, limitOf, retryLands } from './job-facts.js';
import { emitResult, resultsOf } from './job-result.js';
import type { JobRow } from './job-row.js';
import type { ObservedBoss } from './observed-boss.js';
import { attachNote, lifeOf } from './output-note.js';
import { withoutText } from './reason.js';
import type { HandledJob, IsHeld, WayOfSettling } from './settle/way.js';

/** Recorded on attempts that still run at shutdown, in the words that pg-boss stores. Never thrown. */
class ShutDown extends Error {
  override readonly name = 'ShutdownError';
  readonly code = 'shutdown';
}

type Ending = 'timeout' | 'shutdown';

/** How a worker settles the jobs of its handler calls. */
export interface CallSettling {
  readonly way: () => WayOfSettling;
  /** The handler answers with a result for each job. */
  readonly perJobResults: boolean;
}

/** One call of a handler, from its begin until the outcome of each of its jobs is known. */
export class HandlerCall {
  readonly #observed: ObservedBoss;
  readonly #queue: string;
  readonly #settling: CallSettling;
  readonly #handled: readonly HandledJob[];
  readonly #startedAt: number = performance.now();
  readonly #unwatch: (() => void)[] = [];
  #isSettling = false;
  #ending: Ending | undefined;

  constructor(observed: ObservedBoss, queue: string, handled: readonly HandledJob[], settling: CallSettling) {
    this.#observed = observed;
    this.#queue = queue;
    this.#handled = handled;
    this.#settling = settling;
    for (const one of handled) {
      observed.running.hold(one.job.id, one);
      this.#watch(one);
    }
  }

  // pg-boss aborts the signal when the time is up, at a shutdown, where the claim is gone; and after each normal return, too.
  #watch({ job, attempt }: HandledJob): void {
    const { signal } = job;
    if (typeof signal?.addEventListener !== 'function') return;
    const aborted = (): void => {
      const reason: unknown = signal.reason;
      if (reason instanceof Error && reason.name !== 'AbortError') attempt.lost();
      else this.#ended();
    };
    signal.addEventListener('abort', aborted, { once: true });
    this.#unwatch.push(() => signal.removeEventListener('abort', aborted));
  }

  #ended(): void {
    if (this.#ending) return;
    const limit = this.#limit;
    const early = performance.now() - this.#startedAt < limit - 50;
    this.#ending = this.#observed.stopping && early ? 'shutdown' : 'timeout';
    // A way that is being asked answers soon; where it answers that a job is gone, `#gone` reads why.
    if (this.#isSettling) return;
    if (this.#ending === 'timeout' && this.#settling.way().settles) this.#beside(this.#timeOut(limit));
    else for (const one of this.#open()) this.#gone(one);
  }

  get #limit(): number {
    return limitOf(this.#handled.map(({ job }) => job));
  }

  // Signals of the app's commands about these jobs are emitted first; the end of the handler waits for nothing.
  #afterCommands(open: readonly HandledJob[], emit: () => void): void {
    const commands = this.#observed.running.commandsOn([this.#queue, ...open.map(({ job }) => job.id)]);
    if (commands) this.#beside(commands.then(emit));
    else emit();
  }

  #beside(work: Promise<void>): void {
    const settling = work.finally(() => this.#observed.settling.delete(settling));
    this.#observed.settling.add(settling);
    this.#observed.core.tellLater(settling);
  }

  // Before pg-boss does the same: its answer says whether the attempt was still ours.
  async #timeOut(limit: number): Promise<void> {
    const error = new Error(`handler execution exceeded ${limit / 1000}s`);
    await this.#fail(this.#open(), error, ({ attempt, job }, row) =>
      attempt.timedOut(limit, afterFailureOf(job, row, 'timeout')),
    );
  }

  /** The handler has returned: settles, and resolves when that is done. Rejects where pg-boss's completion would fail, and why. */
  async completed(value: unknown): Promise<void> {
    const open = this.#begin();
    if (open.length === 0) return this.#end();
    try {
      const results = this.#settling.perJobResults ? resultsOf(value) : undefined;
      const output = this.#handled.length === 1 ? (value as object) : undefined;
      const held = await this.#settling.way().completed(open, output);
      this.#emitEnds(open, held, ({ attempt, job }) => {
        if (results) emitResult(attempt, job, results.get(job.id));
        else attempt.completed();
      });
    } catch (error) {
      // pg-boss would fail the jobs for it, too: an output that can not be stored, a database that is away.
      await this.#failAll(open, error, withoutText(error));
      throw error;
    } finally {
      this.#end();
    }
  }

  /** The handler has thrown: settles. Never rejects. */
  async failed(error: unknown): Promise<void> {
    await this.#failAll(this.#begin(), error);
    this.#end();
  }

  #begin(): readonly HandledJob[] {
    this.#isSettling = this.#ending === undefined;
    return this.#isSettling ? this.#open() : [];
  }

  #end(): void {
    for (const unwatch of this.#unwatch) unwatch();
    for (const { job, attempt } of this.#handled) {
      this.#observed.running.release(job.id, attempt);
    }
  }

  #open(): readonly HandledJob[] {
    return this.#handled.filter(({ attempt }) => !attempt.settled);
  }

  #emitEnds(open: readonly HandledJob[], held: IsHeld, emit: (one: HandledJob) => void): void {
    this.#afterCommands(open, () => {
      for (const one of open) {
        if (held(one)) emit(one);
        else this.#gone(one);
      }
    });
  }

  #gone(one: HandledJob): void {
    const { job, attempt } = one;
    // At a shutdown pg-boss fails the jobs before it aborts the signal; for a time limit that is not ours to settle, after that.
    const settled = this.#ending === 'shutdown' || this.#settling.way().settles;
    if (this.#ending === undefined) attempt.lost();
    else if (!settled || retryLands(job)) this.#emitGone(one);
    else this.#beside(this.#rows([one]).then((rows) => this.#emitGone(one, rows.get(job.id))));
  }

  #emitGone({ job, attempt }: HandledJob, row?: JobRow): void {
    if (this.#ending === 'timeout') {
      attempt.timedOut(this.#limit, afterFailureOf(job, row, 'timeout'));
      // The supervisor may have been first: it is the same end.
      this.#observed.lives.keep(lifeOf(job.id, job.retryCount + 1), true);
    } else attempt.failed(new ShutDown('pg-boss shut down while active'), afterFailureOf(job, row));
  }

  /** @param shown What telemetry says of the error. */
  async #failAll(open: readonly HandledJob[], error: unknown, shown = error): Promise<void> {
    await this.#fail(open, error, ({ attempt, job }, row) => attempt.failed(shown, afterFailureOf(job, row)));
  }

  async #fail(
    open: readonly HandledJob[],
    error: unknown,
    emit: (one: HandledJob, row?: JobRow) => void,
  ): Promise<void> {
    const [first] = open;
    if (!first) return;
    const detach = this.#note(first, error);
    try {
      const way = this.#settling.way();
      const held = await way.failed(open, error);
      // Where pg-boss still has to settle, the table does not have it yet.
      const rows = way.settles ? await this.#rows(open) : undefined;
      this.#emitEnds(open, held, (one) => emit(one, rows?.get(one.job.id)));
      // pg-boss has stored it; where it still will, the note stays on.
      if (way.settles) detach();
    } catch (trouble) {
      this.#observed.core.report(
        'pg-boss:settle',
        'a job could not be settled: its attempt is lost',
        trouble,
      );
      for (const { attempt } of open) attempt.lost();
    }
  }

  // The rows of those failed jobs of which only the table has what follows.
  async #rows(failed: readonly HandledJob[]): Promise<ReadonlyMap<string, JobRow>> {
    const asked = failed.filter(({ job }) => followsInTable(job)).map(({ job }) => job.id);
    const rows = asked.length === 0 ? [] : await this.#observed.table.find(this.#queue, asked);
    return new Map(rows.map((row) => [row.id, row]));
  }

  #note({ job, attempt }: HandledJob, error: unknown): () => void {
    if (this.#observed.attemptLinks === 'memory' || !this.#observed.core.enabled()) return () => undefined;
    const single = this.#handled.length === 1;
    return attachNote(error, {
      carrier: attempt.carrier,
      ...(single
        ? { job: job.id, attempt: job.retryCount + 1, firstRun: this.#observed.firstRuns.get(job.id) }
        : {}),
    });
  }
}
