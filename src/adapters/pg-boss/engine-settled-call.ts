import { afterFailureOf, followsInTable } from './after-failure.js';
import type { CallParts } from './handler-call.js';
import { HandlerCall } from './handler-call.js';
import type { JobRow } from './job-row.js';
import { withoutText } from './reject-reason.js';
import type { HandledJob, IsHeld } from './settle/way.js';
import { heldBy } from './settle/way.js';
import type { ProcessSpan, SettledCall, SettleOperation, SettleOutcome } from './statement-spans.js';

/** What pg-boss fails jobs for: as telemetry shows it, and a function that removes our note from it. */
interface Thrown {
  readonly shown: unknown;
  readonly detach: () => void;
}

/** States of a job that a shutdown has failed. */
const FAILED: ReadonlySet<unknown> = new Set(['retry', 'failed']);

/** A handler call that hears from pg-boss's own statements how pg-boss settles its jobs. It asks nothing, and its end waits for nothing. */
export class HeardCall extends HandlerCall implements SettledCall {
  #hasEnded = false;
  /** The result of pg-boss's statement is known, and the ends of open jobs are being emitted. */
  #isKnown = false;
  /** pg-boss is done with the call. */
  #isOver = false;
  #thrown: Thrown | undefined;

  constructor(parts: CallParts, process: ProcessSpan) {
    super(parts);
    process.call = this;
    const { calls, stopping, attemptLinks } = parts.observed;
    calls.add(this);
    // Only the signal says that a claim is gone. And the error of a time limit needs its note before pg-boss fails the jobs for it.
    const { handled } = parts;
    if (stopping || attemptLinks === 'persist' || handled.some(({ job }) => job.heartbeatSeconds))
      this.watch();
  }

  completed(): undefined {
    this.#handlerEnded();
  }

  failed(error: unknown): undefined {
    if (this.#handlerEnded()) this.#throws(error, error);
  }

  /** Returns whether pg-boss still has to settle the jobs. */
  #handlerEnded(): boolean {
    this.#hasEnded = true;
    // From now on pg-boss aborts the signals whatever the outcome.
    this.unwatch();
    // If their time is up, pg-boss has aborted the signals before it settles the jobs. A handler that ends because of that is not the cause.
    if (!this.observed.stopping && this.handled.every(({ job }) => job.signal?.aborted))
      this.ending ??= 'timeout';
    if (this.ending === undefined && !this.#isOver) return true;
    this.end();
    return false;
  }

  protected timeIsUp(limitMillis: number): void {
    // Without a note to leave, wait: pg-boss itself fails the jobs next.
    if (this.observed.attemptLinks === 'memory') return;
    this.isSettling = true;
    this.beside(this.timeOut(limitMillis));
  }

  settled(operation: SettleOperation, outcome: SettleOutcome | undefined): void {
    if (this.isSettling || this.ending === 'shutdown') return;
    if (!outcome) {
      this.observed.answers?.missed();
      this.#unheard(operation === 'fail');
      return;
    }
    if ('error' in outcome) {
      // pg-boss fails next what it could not complete.
      if (operation === 'complete') this.#throws(outcome.error, withoutText(outcome.error));
      else this.#unsettled(outcome.error);
      return;
    }
    this.#isKnown = true;
    // pg-boss settles the jobs of a handler that still runs only when their time is up or it shuts down.
    if (!this.#hasEnded) this.ending = operation === 'fail' ? 'timeout' : 'shutdown';
    const open = this.open();
    const held = heldBy(outcome.answer, open);
    if (this.ending === 'shutdown') for (const one of open) this.gone(one);
    else if (operation === 'complete') this.emitEnds(open, held, ({ attempt }) => attempt.completed());
    else this.#failedBy(open, held);
    if (this.#hasEnded) this.end();
  }

  over(): void {
    this.#isOver = true;
    if (this.#isKnown || !this.#hasEnded || this.isSettling) return;
    if (this.open().length > 0) this.#unheard(false);
    else if (this.ending === undefined) this.end();
  }

  /** signalbox did not hear what pg-boss settled: the table has it. */
  #unheard(hasFailed: boolean): void {
    this.#isKnown = true;
    if (!this.#hasEnded && hasFailed) this.ending ??= 'timeout';
    this.#thrown?.detach();
    const open = this.open();
    const ids = open.map(({ job }) => job.id);
    const reading = this.observed.table.find(this.queue, ids).then((rows) => {
      const byId = new Map(rows.map((row) => [row.id, row]));
      for (const one of open) this.#emitBy(one, byId.get(one.job.id));
    });
    this.beside(reading);
    if (this.#hasEnded) this.end();
  }

  #emitBy(one: HandledJob, row: JobRow | undefined): void {
    const { job, attempt } = one;
    if (attempt.settled) return;
    // Its retry may run by now, or have ended.
    const isLater = (row?.attempts ?? 0) > job.retryCount + 1;
    if (row?.state === 'completed' && !isLater) attempt.completed();
    else if (!isLater && !FAILED.has(row?.state)) attempt.lost();
    else if (this.ending) this.emitGone(one, row);
    else attempt.failed(this.#thrown?.shown, afterFailureOf(job, row));
  }

  protected override end(): void {
    super.end();
    this.observed.calls.delete(this);
  }

  protected override gone(one: HandledJob): void {
    if (this.ending === undefined && this.observed.stopping) this.beside(this.#lookWhy(one));
    else super.gone(one);
  }

  /** Looks why the job is gone: a shutdown may have been faster than the completion. */
  async #lookWhy({ job, attempt }: HandledJob): Promise<void> {
    const [row] = await this.observed.table.find(this.queue, [job.id]);
    if (FAILED.has(row?.state)) this.emitGone({ job, attempt }, row);
    else attempt.lost();
  }

  #throws(error: unknown, shown: unknown): void {
    const [first] = this.open();
    this.#thrown = { shown, detach: first ? this.note(first, error) : () => undefined };
  }

  // If only the table says what follows, read it beside.
  #failedBy(open: readonly HandledJob[], held: IsHeld): void {
    const thrown = this.#thrown;
    thrown?.detach();
    const emit = (rows?: ReadonlyMap<string, JobRow>): void =>
      this.emitEnds(open, held, (one) => {
        const row = rows?.get(one.job.id);
        if (this.ending) this.emitGone(one, row);
        else one.attempt.failed(thrown?.shown, afterFailureOf(one.job, row));
      });
    if (open.some(({ job }) => followsInTable(job))) this.beside(this.rows(open).then(emit));
    else emit();
  }

  #unsettled(trouble: unknown): void {
    this.#isKnown = true;
    this.#thrown?.detach();
    this.unsettled(this.open(), trouble);
    if (this.#hasEnded) this.end();
  }
}
