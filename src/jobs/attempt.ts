import type { Attributes } from '@opentelemetry/api';
import type { DescribedError } from '../emission/error.js';
import { runIn } from '../telemetry/globals.js';
import { reportAbandoned } from './abandoned.js';
import type { Attempt, EndInfo } from './attempt-info.js';
import type { AttemptSpan } from './attempt-span.js';
import type { AttemptStart } from './attempt-start.js';
import { maxAttemptsOf } from './attempt-start.js';
import type { Carrier } from './carrier.js';
import { inject, spanContextOf } from './carrier.js';
import { completedAttributes, failedAttributes, lostAttributes } from './end-attributes.js';
import { durationsOf, endMoment } from './end-moment.js';
import { momentOf, numberOf, plain, textOf } from './given.js';
import type { AbandonReason, AfterFailure } from './job.js';
import { checkAfterFailure, NO_RETRY } from './job.js';
import type { KnownAttempt, Living } from './lives.js';
import type { RememberedAttempt } from './memory.js';
import type { QueueState } from './queue-state.js';
import { jobValues, known, since } from './queue-state.js';
import type { EndOfLife } from './recent-ends.js';
import { ATTR } from './semconv.js';
import {
  JOB_COMPLETED,
  JOB_DEFERRED,
  JOB_FAILED,
  JOB_OVERRUN,
  JOB_RETRYING,
  JOB_STARTED,
} from './signals.js';
import { TimeLimit } from './time-limit.js';
import { whenEnded } from './when-ended.js';

/** What settling an attempt comes to: its end, its job's end after the attempt was lost, or nothing, for that is over. */
type Settling = 'in_time' | 'late' | 'over';

export class StartedAttempt implements Attempt, Living {
  readonly startedAt: number;
  readonly #start: AttemptStart;
  readonly #span: AttemptSpan;
  /** What each of its signals says of the job. */
  readonly #base: ReturnType<typeof jobValues>;
  readonly #releaseWorker: (() => void) | undefined;
  readonly #leaveRunning: () => void;
  readonly #leaveLife: () => void;
  readonly #says: ReadonlySet<string> | undefined;
  #carrier: Carrier | undefined;
  #ran: 'no' | 'running' | 'ended' = 'no';
  #ranUntil: number | undefined;
  #state: 'open' | 'lost' | 'settled' = 'open';
  /** The end of its job, where another emitted it: this attempt then emits none. */
  #taken: EndOfLife | undefined;

  constructor(start: AttemptStart, span: AttemptSpan) {
    const { state, info, worker, how } = start;
    this.#start = start;
    this.#span = span;
    this.#says = how.compat ? undefined : span.says;
    this.startedAt = start.startedAt;
    this.#base = jobValues(state, info.job);
    this.#leaveRunning = state.running.begin(this.#base.type_label);
    this.#leaveLife = state.lives.begin(info.job.id, this);
    this.#emit(JOB_STARTED, start.startedAt, {
      worker_id: worker?.id,
      attempt: info.number,
      max_attempts: maxAttemptsOf(info),
      wait: start.wait,
    });
    this.#releaseWorker = worker?.begin();
  }

  get carrier(): Carrier {
    this.#carrier ??= inject(this.#start.state.core, this.#span.context);
    return this.#carrier;
  }

  get settled(): boolean {
    return this.#state !== 'open' || this.#taken !== undefined;
  }

  get known(): KnownAttempt {
    const { info, worker } = this.#start;
    const { emitIn } = this.#span;
    return { job: info.job, number: info.number, worker: worker?.id, emitIn, says: this.#says };
  }

  run<T>(fn: () => T): T {
    // In one frame: an error of the handler keeps ten, and those of the app that follow ours are to be among them.
    const ended = this.running();
    let result: T;
    try {
      result = runIn(this.#span.context, fn, this.#start.state.core.report);
    } catch (error) {
      ended();
      throw error;
    }
    whenEnded(fn, result, ended);
    return result;
  }

  /** Its handler runs from now on, until what this returns is called. */
  running(): () => void {
    this.#ran = 'running';
    return () => this.#runEnded();
  }

  #runEnded(): void {
    if (this.#ran === 'ended') return;
    this.#ran = 'ended';
    const now = this.#start.clock.now();
    this.#ranUntil = this.#span.handlerEnded?.(now) ?? now;
    this.#leaveRunning();
    this.#releaseWorker?.();
    this.#closeTaken(this.#ranUntil);
  }

  taken(end: EndOfLife): void {
    this.#taken = end;
    if (this.#ran === 'ended') this.#closeTaken(this.#start.clock.now());
  }

  #closeTaken(end: number): void {
    if (this.#taken && this.#state === 'open')
      this.#closeLost(end, known({ [ATTR.outcome]: 'lost', [ATTR.abandonReason]: this.#taken.reason }));
  }

  completed(given?: EndInfo): void {
    const info = plain(given);
    const settling = this.#settle(info);
    if (settling === 'over') return;
    const late = settling === 'late';
    const { state, info: known } = this.#start;
    const end = this.moment(info.endedAt);
    this.#emit(JOB_COMPLETED, end, {
      worker_id: this.#start.worker?.id,
      attempts: known.number,
      turnaround: this.turnaround(end),
      ...(late ? {} : durationsOf(this.#start, end)),
    });
    state.lives.end(known.job.id, { at: end }, this);
    state.memory.forget(known.job.id);
    state.tally.ended(true, false);
    if (!late) this.#close(end, completedAttributes(this.turnaround(end)));
  }

  failed(error: unknown, after: AfterFailure, info?: EndInfo): void {
    this.#fail(error, after, plain(info).endedAt);
  }

  timedOut(limitMillis: number, after: AfterFailure): void {
    const limit = numberOf(limitMillis);
    this.#fail(new TimeLimit(limit), after, limit === undefined ? undefined : this.startedAt + limit);
  }

  #fail(error: unknown, given: AfterFailure, endedAt: number | undefined): void {
    const settling = this.#settle({ endedAt });
    if (settling === 'over') return;
    const late = settling === 'late';
    const after = checkAfterFailure(given) ?? NO_RETRY;
    const { state, info, worker } = this.#start;
    const end = this.moment(endedAt);
    const described = state.core.describeError(error);
    const label = state.core.errorLabel(described.type);
    this.#emit(JOB_FAILED, end, {
      worker_id: worker?.id,
      attempt: info.number,
      error: described,
      max_attempts: maxAttemptsOf(info),
      will_retry: after.retry,
      error_label: label,
      ...(late ? {} : durationsOf(this.#start, end)),
    });
    if (after.retry) this.#retrying(after.delayMillis, described, label, end);
    else this.#abandoned(after.reason, described, end);
    if (late) return;
    if (this.#start.how.exceptionEvents) this.#span.exception(described, end);
    this.#span.fail(described.type, described.message);
    this.#close(end, failedAttributes(after, this.turnaround(end)));
  }

  #retrying(delayMillis: number | undefined, error: DescribedError, label: string, end: number): void {
    const { state, info, worker } = this.#start;
    const number = info.number;
    this.#emit(JOB_RETRYING, end, {
      attempt: number,
      retry_delay: delayMillis,
      worker_id: worker?.id,
      next_attempt: number === undefined ? undefined : number + 1,
      max_attempts: maxAttemptsOf(info),
      error,
      error_label: label,
    });
    state.tally.retries++;
    this.#remember({ endedAt: end, retryAt: delayMillis === undefined ? undefined : end + delayMillis });
  }

  // For the link and the wait of the next attempt.
  #remember(next: Pick<RememberedAttempt, 'endedAt' | 'retryAt' | 'lost'>): void {
    const { state, info, how } = this.#start;
    if (!how.remembersAttempts) return;
    state.memory.keep(info.job.id, {
      span: spanContextOf(this.#span.context),
      number: info.number,
      ...next,
    });
  }

  #abandoned(reason: AbandonReason, error: DescribedError | undefined, end: number): void {
    const { state, info, worker } = this.#start;
    reportAbandoned(state, info.job, {
      reason,
      error,
      attempts: info.number,
      turnaround: this.turnaround(end),
      worker: worker?.id,
      context: this.#span.emitIn,
      spanSays: this.#says,
      timestamp: end,
      by: this,
    });
  }

  deferred(given: { readonly reason: string; readonly delayMillis?: number | undefined } & EndInfo): void {
    const info = plain(given);
    if (this.#settle(info) !== 'in_time') return;
    const end = this.moment(info.endedAt);
    this.#emit(JOB_DEFERRED, end, {
      worker_id: this.#start.worker?.id,
      reason: info.reason,
      delay: info.delayMillis,
    });
    this.#close(end, known({ [ATTR.outcome]: 'deferred', [ATTR.deferReason]: textOf(info.reason) }));
  }

  lost(given?: { readonly abandoned?: AbandonReason | undefined } & EndInfo): void {
    const info = plain(given);
    if (this.#settle(info) !== 'in_time') return;
    this.#state = info.abandoned === undefined ? 'lost' : 'settled';
    const end = this.moment(info.endedAt);
    if (info.abandoned !== undefined) this.#abandoned(info.abandoned, undefined, end);
    else this.#remember({ lost: true });
    this.#closeLost(end, lostAttributes(info.abandoned, this.turnaround(end)));
  }

  #closeLost(end: number, attributes: Attributes): void {
    if (this.#state === 'open') this.#state = 'settled';
    this.#span.fail('lost', 'the engine took the job away');
    this.#close(end, attributes);
  }

  overrun(): void {
    const now = this.#start.clock.now();
    this.#emit(JOB_OVERRUN, now, {
      worker_id: this.#start.worker?.id,
      attempt: this.#start.info.number,
      duration: now - this.startedAt,
    });
  }

  #settle(info: EndInfo): Settling {
    const end = this.#start.state.lives.endOf(this.#start.info.job.id);
    if (end) this.#taken ??= end;
    this.#closeTaken(this.moment(info.endedAt));
    if (this.#state === 'settled' || end) return 'over';
    const settling = this.#state === 'lost' ? 'late' : 'in_time';
    this.#state = 'settled';
    return settling;
  }

  moment(endedAt: number | undefined): number {
    return endMoment(this.#start.clock, this.startedAt, momentOf(endedAt), this.#ranUntil);
  }

  describe(attributes: Attributes): void {
    this.#span.describe(attributes);
  }

  turnaround(end: number): number | undefined {
    const { firstRunnableAt, runnableAt, number } = this.#start.info;
    return since(firstRunnableAt ?? (number === 1 ? runnableAt : undefined), end);
  }

  #emit(signal: Parameters<QueueState['core']['emit']>[0], timestamp: number, values: object): void {
    const where = { context: this.#span.emitIn, spanSays: this.#says, timestamp };
    // No spread: copying the two into a third was the dearest line of a job.
    this.#start.state.core.emit(signal, Object.assign(values, this.#base), where);
  }

  #close(end: number, attributes: ReturnType<typeof known>): void {
    const { countedAtEnd, number } = this.#start.info;
    const counts = countedAtEnd && attributes[ATTR.outcome] !== 'deferred';
    this.#span.describe(counts ? { ...attributes, ...known({ [ATTR.attempt]: number }) } : attributes);
    this.#span.end(end);
    this.#leaveRunning();
    this.#leaveLife();
    // A handler that still runs holds its worker until it ends.
    if (this.#ran !== 'running') this.#releaseWorker?.();
  }
}
