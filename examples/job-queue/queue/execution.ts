import type { AfterFailure, Attempt } from 'signalbox/jobs';
import { Alarm } from './alarm.js';
import { now } from './clock.js';
import type { Job } from './job.js';
import type { JobCall, Processor } from './processor.js';
import { Cancelled } from './processor.js';
import type { Slot } from './slots.js';

/** How an attempt ended that did not complete. */
export type Failure =
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'cancelled'; readonly reason: unknown }
  | { readonly kind: 'lost' };

/** What an execution asks and tells the queue. */
export interface ExecutionOptions {
  /** Milliseconds; `Infinity` for none. */
  readonly limitMillis: number;
  /** The attempt is over, by a failure or well; called again for what comes too late. */
  readonly ended: (failure: Failure | undefined) => void;
  /** The handler has settled: the slot is free. */
  readonly returned: () => void;
}

/**
 * One attempt of a job on a slot. It ends by its handler, or before it by the time limit, a cancelling or the
 * shutdown; the slot is held until the handler has settled, however late.
 */
export class Execution {
  readonly job: Job;
  readonly slot: Slot;
  readonly attempt: Attempt;
  readonly #options: ExecutionOptions;
  readonly #abort = new AbortController();
  readonly #limit: Alarm;
  #limitAt = Number.POSITIVE_INFINITY;
  #handlerSettled = false;

  constructor(job: Job, slot: Slot, attempt: Attempt, options: ExecutionOptions) {
    this.job = job;
    this.slot = slot;
    this.attempt = attempt;
    this.#options = options;
    this.#limit = new Alarm(() => options.ended({ kind: 'timed_out' }));
  }

  /** Calls the handler. */
  run(processor: Processor): void {
    this.#limitAt = now() + this.#options.limitMillis;
    this.#limit.set(this.#limitAt);
    void this.attempt.run(() => this.#handle(processor)).then(this.#options.returned);
  }

  /** When an attempt ended that failed now (epoch ms): at its limit, however late the timer was. */
  endOf(failure: Failure): number {
    return failure.kind === 'timed_out' ? this.#limitAt : now();
  }

  /** Async, so that a handler that throws, or returns a thenable that does, is one that rejects. */
  async #handle(processor: Processor): Promise<void> {
    const { info, attempts: attempt, runnableAt, payload } = this.job;
    const facts = { ...info, attempt, worker: this.slot.worker.id, runnableAt, signal: this.#abort.signal };
    let failure: Failure | undefined;
    try {
      const call: JobCall = { ...facts, payload: structuredClone(payload) };
      await processor.process(call);
    } catch (error) {
      failure = { kind: 'failed', error };
    }
    this.#handlerSettled = true;
    // At once, and not when `run` has ended: a cancelling that came between would undo what is done.
    this.#options.ended(failure);
  }

  /** The queue has taken the attempt as completed. */
  completed(): void {
    this.#limit.clear();
    this.attempt.completed();
  }

  /** The queue has taken the attempt as failed, and has decided what follows: tells telemetry, then a handler that still runs. */
  failed(failure: Failure, after: AfterFailure): void {
    this.#limit.clear();
    switch (failure.kind) {
      case 'failed':
        this.attempt.failed(failure.error, after);
        break;
      case 'timed_out':
        this.#timedOut(this.#options.limitMillis, after);
        break;
      case 'cancelled':
        this.attempt.failed(new Cancelled('The job was cancelled', { cause: failure.reason }), after);
        this.#abort.abort(failure.reason);
        break;
      case 'lost':
        this.attempt.lost({ abandoned: 'shutdown' });
        this.#abort.abort(new DOMException('The queue was shut down', 'AbortError'));
    }
  }

  #timedOut(limitMillis: number, after: AfterFailure): void {
    this.attempt.timedOut(limitMillis, after);
    this.#abort.abort(new DOMException(`The attempt took longer than ${limitMillis} ms`, 'TimeoutError'));
    // The abort may end the handler in this turn: only one that goes on is an overrun.
    setImmediate(() => {
      if (!this.#handlerSettled) this.attempt.overrun();
    });
  }
}
