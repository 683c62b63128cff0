import type { Attempt } from '../../jobs/attempt-info.js';
import { afterFailureOf, followsInTable, limitOf, retryLands } from './job-facts.js';
import { resultsOf, tellResult } from './job-result.js';
import type { JobRow } from './job-row.js';
import type { HandedJob } from './metadata.js';
import { attachNote, lifeOf } from './note.js';
import type { ObservedBoss } from './observed-boss.js';
import { withoutText } from './reason.js';
import { settledIds } from './settled.js';

/** Thrown by nobody: what an attempt failed of that a shutdown did not wait for. pg-boss stores the same words. */
class ShutDown extends Error {
  override readonly name = 'ShutdownError';
  readonly code = 'shutdown';
}

/** How one `work()` settles. */
export interface CallOptions {
  /** The handler answers with a result for each job. */
  readonly perJobResults: boolean;
  /** Handler and completion commit together: nothing may be settled beside them. */
  readonly transactional: boolean;
}

interface Part {
  readonly job: HandedJob;
  readonly attempt: Attempt;
}

type Ending = 'timeout' | 'shutdown';

/** One call of a handler, from its begin until pg-boss's word on each of its jobs. */
export class Call {
  readonly #observed: ObservedBoss;
  readonly #queue: string;
  readonly #options: CallOptions;
  readonly #parts: readonly Part[];
  readonly #startedAt: number = performance.now();
  readonly #unwatch: (() => void)[] = [];
  #settling = false;
  #ending: Ending | undefined;

  constructor(observed: ObservedBoss, queue: string, parts: readonly Part[], options: CallOptions) {
    this.#observed = observed;
    this.#queue = queue;
    this.#parts = parts;
    this.#options = options;
    for (const part of parts) {
      observed.running.hold(part.job.id, part);
      this.#watch(part);
    }
  }

  // pg-boss aborts the signal when the time is up, at a shutdown, where the claim is gone; and after each normal return, too.
  #watch({ job, attempt }: Part): void {
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
    const limit = limitOf(this.#parts.map(({ job }) => job));
    const early = performance.now() - this.#startedAt < limit - 50;
    this.#ending = this.#observed.stopping && early ? 'shutdown' : 'timeout';
    // What settles already has its answer soon, and `#gone` reads why where it is a bad one.
    if (this.#settling) return;
    if (this.#ending === 'timeout' && this.#exact === 'settle') this.#beside(this.#timeOut(limit));
    else for (const part of this.#open()) this.#gone(part);
  }

  // What a command of the app says of these jobs is told first; the handler's end waits for nothing.
  #tell(open: readonly Part[], tell: () => void): void {
    const words = this.#observed.running.words([this.#queue, ...open.map(({ job }) => job.id)]);
    if (words) this.#beside(words.then(tell));
    else tell();
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
      if (this.#options.perJobResults) return await this.#perJob(open, value);
      const held = await this.#complete(open, value);
      this.#tell(open, () => {
        for (const part of open) if (held(part)) part.attempt.completed();
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

  #begin(): readonly Part[] {
    this.#settling = this.#ending === undefined;
    return this.#settling ? this.#open() : [];
  }

  #end(): void {
    for (const unwatch of this.#unwatch) unwatch();
    for (const { job, attempt } of this.#parts) {
      this.#observed.running.release(job.id, attempt);
    }
  }

  #open(): readonly Part[] {
    return this.#parts.filter(({ attempt }) => !attempt.settled);
  }

  /** Whether the engine's word is asked for by settling, by a look at the claim, or not at all. */
  get #exact(): 'settle' | 'look' | 'no' {
    const { settle, spans, core } = this.#observed;
    if (settle === 'approximate' || !core.enabled() || this.#options.transactional) return 'no';
    // Where pg-boss measures its own commands, a second one would be counted.
    return settle === 'look' || spans === 'engine' || this.#options.perJobResults ? 'look' : 'settle';
  }

  async #complete(open: readonly Part[], value: unknown): Promise<(part: Part) => boolean> {
    if (this.#exact !== 'settle') return this.#look(open);
    const output = this.#parts.length === 1 ? (value as object) : undefined;
    return this.#held(open, await this.#observed.engine.complete(this.#queue, claims(open), output));
  }

  async #look(open: readonly Part[]): Promise<(part: Part) => boolean> {
    if (this.#exact === 'no') return (part) => this.#believed(part);
    try {
      const { settle, engine } = this.#observed;
      if (settle === 'exact') return this.#held(open, await engine.touch(this.#queue, claims(open)));
      return this.#stillOurs(open);
    } catch (error) {
      this.#observed.core.report(
        'pg-boss:look',
        'a claim could not be looked at: the handler is believed',
        error,
      );
      return (part) => this.#believed(part);
    }
  }

  // What the supervisor says of its last attempt later is no other end.
  #believed({ job }: Part): boolean {
    if (job.retryCount >= job.retryLimit) this.#observed.lives.keep(lifeOf(job.id, job.retryCount + 1), true);
    return true;
  }

  // By the table, for versions that know no attempts: the row runs, and in no later attempt.
  async #stillOurs(open: readonly Part[]): Promise<(part: Part) => boolean> {
    const ids = open.map(({ job }) => job.id);
    const rows = await this.#observed.table.fetched(this.#queue, ids);
    if (!rows) return (part) => this.#believed(part);
    const found = new Map(rows.map((row) => [row.id, row]));
    return (part) => {
      const row = found.get(part.job.id);
      const held = row?.state === 'active' && row.retryCount === part.job.retryCount;
      if (!held) this.#gone(part);
      return held;
    };
  }

  // Whether a part was still ours when it was settled; where it was not, it is told here.
  #held(open: readonly Part[], response: unknown): (part: Part) => boolean {
    const settled = settledIds(
      response,
      open.map(({ job }) => job.id),
    );
    return (part) => {
      const held = settled === undefined || settled.has(part.job.id);
      if (!held) this.#gone(part);
      return held;
    };
  }

  #gone(part: Part): void {
    const { job, attempt } = part;
    // At a shutdown pg-boss fails the jobs before it says so; for a time limit that is not ours to settle, after that.
    const settled = this.#ending === 'shutdown' || this.#exact === 'settle';
    if (this.#ending === undefined) attempt.lost();
    else if (!settled || retryLands(job)) this.#tellGone(part);
    else this.#beside(this.#rows([part]).then((rows) => this.#tellGone(part, rows.get(job.id))));
  }

  #tellGone({ job, attempt }: Part, row?: JobRow): void {
    if (this.#ending === 'timeout') {
      attempt.timedOut(limitOf(this.#parts.map((part) => part.job)), afterFailureOf(job, row, 'timeout'));
      // The supervisor may have been first: it is the same end.
      this.#observed.lives.keep(lifeOf(job.id, job.retryCount + 1), true);
    } else attempt.failed(new ShutDown('pg-boss shut down while active'), afterFailureOf(job, row));
  }

  async #perJob(open: readonly Part[], value: unknown): Promise<void> {
    const results = resultsOf(value);
    const held = await this.#look(open);
    this.#tell(open, () => {
      for (const part of open) if (held(part)) tellResult(part.attempt, part.job, results.get(part.job.id));
    });
  }

  async #failAll(open: readonly Part[], error: unknown, told = error): Promise<void> {
    await this.#fail(open, error, ({ attempt, job }, row) => attempt.failed(told, afterFailureOf(job, row)));
  }

  async #fail(
    open: readonly Part[],
    error: unknown,
    tell: (part: Part, row?: JobRow) => void,
  ): Promise<void> {
    const [first] = open;
    if (!first) return;
    const detach = this.#note(first, error);
    try {
      const response =
        this.#exact === 'settle'
          ? await this.#observed.engine.fail(this.#queue, claims(open), error as object)
          : undefined;
      const held = response === undefined ? await this.#look(open) : this.#held(open, response);
      // Where pg-boss still has to settle, the table does not tell yet.
      const rows = response === undefined ? undefined : await this.#rows(open);
      this.#tell(open, () => {
        for (const part of open) if (held(part)) tell(part, rows?.get(part.job.id));
      });
      // pg-boss has stored it; where it still will, the note stays on.
      if (response !== undefined) detach();
    } catch (trouble) {
      this.#observed.core.report(
        'pg-boss:settle',
        'a job could not be settled: its attempt is lost',
        trouble,
      );
      for (const { attempt } of open) attempt.lost();
    }
  }

  // What became of the failed jobs of which only the table tells it.
  async #rows(failed: readonly Part[]): Promise<ReadonlyMap<string, JobRow>> {
    const asked = failed.filter(({ job }) => followsInTable(job)).map(({ job }) => job.id);
    const rows = asked.length === 0 ? [] : await this.#observed.table.find(this.#queue, asked);
    return new Map(rows.map((row) => [row.id, row]));
  }

  #note({ job, attempt }: Part, error: unknown): () => void {
    if (this.#observed.attemptLinks === 'memory' || !this.#observed.core.enabled()) return () => undefined;
    const single = this.#parts.length === 1;
    return attachNote(error, {
      carrier: attempt.carrier,
      ...(single
        ? { job: job.id, attempt: job.retryCount + 1, firstRun: this.#observed.firstRuns.get(job.id) }
        : {}),
    });
  }
}

function claims(parts: readonly Part[]): { id: string; retryCount: number }[] {
  return parts.map(({ job: { id, retryCount } }) => ({ id, retryCount }));
}
