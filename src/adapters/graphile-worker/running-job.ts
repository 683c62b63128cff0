import type { Job, JobHelpers, Worker } from 'graphile-worker';
import type { AfterFailure, Attempt } from '../../jobs/index.js';
import { beside } from '../../jobs/watch-promise.js';
import type { GraphileAdapter } from './adapter.js';
import { retryDelayMillis } from './backoff.js';
import { mark, suffixOf } from './link-note.js';
import { momentOf } from './moment.js';
import type { Run } from './running-jobs.js';
import { taken } from './running-jobs.js';
import type { Schema } from './schema.js';
import { observeHelpers } from './utils.js';

/** The parts of a job's attempt. */
export interface RunningJobParts {
  readonly adapter: GraphileAdapter;
  readonly schema: Schema;
  readonly worker: Worker;
  readonly job: Job;
  readonly attempt: Attempt;
}

/** One attempt of a job, from `job:start` to `job:complete`. */
export class RunningJob implements Run {
  readonly jobId: string;
  readonly worker: Worker;
  readonly schema: Schema;
  readonly #adapter: GraphileAdapter;
  readonly #job: Job;
  readonly #attempt: Attempt;
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #thrown: { readonly value: unknown } | undefined;
  #unmark: (() => void) | undefined;
  #lost = false;
  #ran = false;
  #database: (() => Promise<unknown>) | undefined;

  constructor({ adapter, schema, worker, job, attempt }: RunningJobParts) {
    this.#adapter = adapter;
    this.jobId = job.id;
    this.worker = worker;
    this.schema = schema;
    this.#job = job;
    this.#attempt = attempt;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Whether the engine called an observed task for it. */
  get ran(): boolean {
    return this.#ran;
  }

  /**
   * Runs the task in the attempt's context and returns its very result. The attempt ends when the engine says so, because the engine awaits lists of
   * promises and thenables. If the task calls another one, that is a part of it.
   */
  enter(task: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    if (this.#ran) return task(...args);
    this.#ran = true;
    taken();
    const helpers = args[1] as JobHelpers;
    this.#adapter.quietly('helpers', () => observeHelpers(this.#adapter, this.schema, helpers));
    this.#database = () => helpers.withPgClient((client) => client.query('select 1'));
    const results: unknown[] = [];
    try {
      void this.#attempt.run(() => {
        results.push(task(...args));
        return this.#ended;
      });
    } catch (error) {
      this.#thrown = { value: error };
      throw error;
    }
    const [result] = results;
    // Hear the rejection before the engine does, which makes an Error of whatever was thrown.
    beside(
      result,
      () => undefined,
      (error) => {
        this.#thrown = { value: error };
      },
    );
    return result;
  }

  /** The task has ended well: `job:success`, before the engine writes that. */
  succeeded(): void {
    this.#end();
  }

  /** The task has ended badly: `job:error`, before the engine writes the message. */
  errored(error: unknown, partsFailed: boolean): void {
    this.#end();
    if (partsFailed || this.#thrown === undefined) this.#thrown = { value: error };
    const { persistsLinks, core } = this.#adapter;
    if (!persistsLinks || !core.enabled() || this.#last) return;
    const suffix = suffixOf(this.#job.attempts, this.#attempt.carrier);
    if (suffix !== undefined) this.#unmark = mark(error, suffix);
  }

  /** The engine is done with the job: `job:complete`. */
  settle(failed: boolean): void {
    this.#unmark?.();
    this.#end();
    // Wait a turn: then the attempt knows when its task ended.
    queueMicrotask(() => this.#adapter.quietly('job:complete', () => this.#settle(failed)));
  }

  #settle(failed: boolean): void {
    if (!failed) {
      if (this.#lost) void this.#completedLate();
      else this.#complete();
      return;
    }
    // The engine has put the job back before, and does not write this failure.
    if (this.#lost) return;
    this.#attempt.failed(this.#thrown?.value, this.#afterFailure());
    if (this.#last) this.schema.emitted.end(this.jobId, momentOf(this.#job.locked_at));
  }

  #complete(): void {
    this.#attempt.completed();
    this.schema.emitted.completed(this.jobId);
  }

  // The engine deletes the job by its id even after a forced shutdown, but not if its pool has ended meanwhile.
  async #completedLate(): Promise<void> {
    if (!this.#adapter.core.enabled()) return;
    try {
      await this.#database?.();
    } catch {
      return;
    }
    this.#adapter.quietly('job:complete', () => this.#complete());
  }

  /** The engine gave the job up while it ran. `written`: the job is known to be back in the queue, or dead in its last attempt. */
  lose(written: boolean): void {
    this.#unmark?.();
    this.#lost = true;
    const dead = written && this.#last;
    this.#attempt.lost(dead ? { abandoned: 'max_attempts' } : {});
    if (dead) this.schema.emitted.end(this.jobId);
  }

  get #last(): boolean {
    return this.#job.attempts >= this.#job.max_attempts;
  }

  #afterFailure(): AfterFailure {
    return this.#last
      ? { retry: false, reason: 'max_attempts' }
      : { retry: true, delayMillis: retryDelayMillis(this.#job.attempts) };
  }
}
