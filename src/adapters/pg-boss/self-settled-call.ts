import { afterFailureOf } from './after-failure.js';
import type { CallParts } from './handler-call.js';
import { HandlerCall } from './handler-call.js';
import { emitResult, resultsOf } from './job-result.js';
import { withoutText } from './reject-reason.js';
import type { HandledJob } from './settle/way.js';

/** A handler call whose jobs signalbox settles, or asks for, before pg-boss settles them. The end of the handler waits for that. */
export class AskingCall extends HandlerCall {
  readonly #perJobResults: boolean;

  constructor(parts: CallParts, perJobResults: boolean) {
    super(parts);
    this.#perJobResults = perJobResults;
    this.watch();
  }

  async completed(value: unknown): Promise<void> {
    const open = this.#begin();
    if (open.length === 0) return this.end();
    try {
      const results = this.#perJobResults ? resultsOf(value) : undefined;
      const output = this.handled.length === 1 ? (value as object) : undefined;
      const held = await this.way().completed(open, output);
      this.emitEnds(open, held, ({ attempt, job }) => {
        if (results) emitResult(attempt, job, results.get(job.id));
        else attempt.completed();
      });
    } catch (error) {
      // pg-boss would fail the jobs for this error too: an output that can not be stored, a database that is away.
      await this.#failAll(open, error, withoutText(error));
      throw error;
    } finally {
      this.end();
    }
  }

  async failed(error: unknown): Promise<void> {
    await this.#failAll(this.#begin(), error);
    this.end();
  }

  protected timeIsUp(limitMillis: number): void {
    if (this.way().settles) this.beside(this.timeOut(limitMillis));
    else for (const one of this.open()) this.gone(one);
  }

  #begin(): readonly HandledJob[] {
    this.isSettling = this.ending === undefined;
    return this.isSettling ? this.open() : [];
  }

  /** @param shown What telemetry shows of the error. */
  async #failAll(open: readonly HandledJob[], error: unknown, shown = error): Promise<void> {
    await this.fail(open, error, ({ attempt, job }, row) => attempt.failed(shown, afterFailureOf(job, row)));
  }
}
