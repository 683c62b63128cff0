import type { Attributes, Context } from '@opentelemetry/api';
import type { DescribedError } from '../emission/describe-error.js';
import type { AnchoredClock } from '../telemetry/clock.js';
import { runIn } from '../telemetry/context-manager.js';
import { reportAbandoned } from './abandoned.js';
import type { Took } from './attempt-emitter.js';
import { AttemptSignals } from './attempt-emitter.js';
import type { Attempt, EndInfo } from './attempt-info.js';
import type { RememberedAttempt } from './attempt-memory.js';
import type { AttemptSpan } from './attempt-span.js';
import type { AttemptStart } from './attempt-start.js';
import type { Carrier } from './carrier.js';
import { inject, spanContextOf } from './carrier.js';
import { since } from './elapsed.js';
import { completedAttributes, failedAttributes, lostAttributes } from './end-attributes.js';
import { durationOf, endMoment } from './end-moment.js';
import { momentOf, numberOf, plain, textOf } from './given.js';
import type { HandleOptions } from './handle-options.js';
import type { AbandonReason, AfterFailure } from './job.js';
import { checkAfterFailure, NO_RETRY } from './job.js';
import type { KnownAttempt, Living } from './job-lives.js';
import { reportsToTell } from './progress-rate.js';
import type { EndOfLife } from './recent-ends.js';
import { ATTR } from './semconv.js';
import { known } from './span-attributes.js';
import { TimeLimit } from './time-limit.js';
import { whenEnded } from './when-ended.js';

/** What settling an attempt comes to: its end, its job's end after the attempt was lost, or nothing, for that is over. */
type Settling = 'in_time' | 'late' | 'over';

export class StartedAttempt extends AttemptSignals implements Attempt, Living {
  /** Where that is not when its clock begins. */
  readonly #givenStart: number | undefined;
  readonly #clock: AnchoredClock;
  readonly #how: HandleOptions;
  readonly #span: AttemptSpan;
  /** When its job could first have run. */
  readonly #firstRunnableAt: number | undefined;
  readonly #countedAtEnd: boolean;
  /** Whether signalbox measures `messaging.process.duration`. */
  readonly #measures: boolean;
  #carrier: Carrier | undefined;
  #ran: 'no' | 'running' | 'ended' = 'no';
  #ranUntil: number | undefined;
  #state: 'open' | 'lost' | 'settled' = 'open';
  /** The end of its job, if something else emitted it: this attempt then emits none. */
  #taken: EndOfLife | undefined;
  #holdsWorker: boolean;

  constructor(start: AttemptStart, span: AttemptSpan) {
    super(start);
    const { state, info, worker, how, clock, startedAt, wait } = start;
    const { job, number, firstRunnableAt, runnableAt } = info;
    this.#clock = clock;
    this.#givenStart = startedAt === clock.from ? undefined : startedAt;
    this.#how = how;
    this.#span = span;
    this.#firstRunnableAt = firstRunnableAt ?? (number === 1 ? runnableAt : undefined);
    this.#countedAtEnd = info.countedAtEnd === true;
    this.#measures = info.processDuration !== false;
    this.#holdsWorker = worker !== undefined;
    state.running.begin(this.label, this);
    state.lives.begin(job.id, this);
    state.schedules.began(state, this, job, number, startedAt);
    this.emitStarted(startedAt, wait);
    worker?.begin();
  }

  get startedAt(): number {
    return this.#givenStart ?? this.#clock.from;
  }

  get emitIn(): Context {
    return this.#span.emitIn;
  }

  get says(): ReadonlySet<string> | undefined {
    return this.#how.compat ? undefined : this.#span.says;
  }

  get carrier(): Carrier {
    this.#carrier ??= inject(this.queue.core, this.#span.context);
    return this.#carrier;
  }

  get settled(): boolean {
    return this.#state !== 'open' || this.#taken !== undefined;
  }

  get known(): KnownAttempt {
    const { job, number, worker, emitIn, says, carried } = this;
    return { job, number, worker: worker?.id, emitIn, says, carried };
  }

  run<T>(fn: () => T): T {
    // In one frame: an error of the handler keeps ten, and those of the app that follow ours are to be among them.
    const ended = this.running();
    let result: T;
    try {
      result = runIn(this.#span.context, fn, this.queue.core.report);
    } catch (error) {
      ended();
      throw error;
    }
    whenEnded(fn, result, ended);
    return result;
  }

  /** Runs the handler in its context, for who calls `left` when that has ended. */
  enter<T>(fn: () => T): T {
    this.#ran = 'running';
    return runIn(this.#span.context, fn, this.queue.core.report);
  }

  left(): void {
    this.#runEnded();
  }

  within<T>(fn: () => T): T {
    return runIn(this.#span.context, fn, this.queue.core.report);
  }

  /** Marks the handler as running. Call the returned function when it ends. */
  running(): () => void {
    this.#ran = 'running';
    return () => this.#runEnded();
  }

  #runEnded(): void {
    if (this.#ran === 'ended') return;
    this.#ran = 'ended';
    const now = this.#clock.now();
    this.#ranUntil = this.#span.handlerEnded?.(now) ?? now;
    this.queue.running.end(this.label, this);
    this.#releaseWorker();
    this.#closeTaken(this.#ranUntil);
  }

  #releaseWorker(): void {
    if (!this.#holdsWorker) return;
    this.#holdsWorker = false;
    this.worker?.end();
  }

  taken(end: EndOfLife): void {
    this.#taken = end;
    if (this.#ran === 'ended') this.#closeTaken(this.#clock.now());
  }

  #closeTaken(end: number): void {
    if (this.#taken && this.#state === 'open')
      this.#closeLost(end, known({ [ATTR.outcome]: 'lost', [ATTR.abandonReason]: this.#taken.reason }));
  }

  completed(given?: EndInfo): void {
    const info = plain(given);
    const settling = this.#settle(info);
    if (settling === 'over') return;
    const { queue: state, job } = this;
    const end = this.moment(info.endedAt);
    const turnaround = this.turnaround(end);
    this.emitCompleted(end, this.#took(settling, end), turnaround);
    state.lives.end(job.id, { at: end, reason: undefined, runnableAt: undefined }, this);
    state.memory.forget(job.id);
    state.tally.ended(true, false);
    state.schedules.completed(state, job, end);
    if (settling === 'in_time') this.#close(end, completedAttributes(turnaround));
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
    const after = checkAfterFailure(given) ?? NO_RETRY;
    const end = this.moment(endedAt);
    const described = this.queue.core.describeError(error);
    this.emitFailed(end, this.#took(settling, end), described, after.retry);
    if (after.retry) this.#retrying(after.delayMillis, described, end);
    else this.#abandoned(after.reason, described, end);
    if (settling === 'late') return;
    if (this.#how.exceptionEvents) this.#span.exception(described, end);
    this.#span.fail(described.type, described.message);
    this.#close(end, failedAttributes(after, this.turnaround(end)));
  }

  #took(settling: Settling, end: number): Took {
    const duration = settling === 'late' ? undefined : durationOf(this.startedAt, end);
    return { duration, processTime: this.#measures ? duration : undefined };
  }

  #retrying(delayMillis: number | undefined, error: DescribedError, end: number): void {
    this.emitRetrying(end, error, delayMillis);
    this.queue.tally.retries++;
    this.#remember({ endedAt: end, retryAt: delayMillis === undefined ? undefined : end + delayMillis });
  }

  // For the link and the wait of the next attempt.
  #remember(next: Pick<RememberedAttempt, 'endedAt' | 'retryAt' | 'lost'>): void {
    if (!this.#how.remembersAttempts) return;
    this.queue.memory.keep(this.job.id, {
      span: spanContextOf(this.#span.context),
      number: this.number,
      ...next,
    });
  }

  #abandoned(reason: AbandonReason, error: DescribedError | undefined, end: number): void {
    reportAbandoned(this.queue, this.job, {
      reason,
      error,
      attempts: this.number,
      turnaround: this.turnaround(end),
      worker: this.worker?.id,
      context: this.emitIn,
      spanSays: this.says,
      carried: this.carried,
      timestamp: end,
      by: this,
    });
  }

  deferred(given: { readonly reason: string; readonly delayMillis?: number | undefined } & EndInfo): void {
    const info = plain(given);
    if (this.#settle(info) !== 'in_time') return;
    const end = this.moment(info.endedAt);
    this.emitDeferred(end, info.reason, info.delayMillis);
    this.#close(end, known({ [ATTR.outcome]: 'deferred', [ATTR.deferReason]: textOf(info.reason) }));
  }

  lost(given?: { readonly abandoned?: AbandonReason | undefined } & EndInfo): void {
    const info = plain(given);
    if (this.#state !== 'open' || this.#settle(info) !== 'in_time') return;
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
    const now = this.#clock.now();
    this.emitOverrun(now, now - this.startedAt);
  }

  progress(value?: unknown): void {
    if (this.settled) return;
    const reports = reportsToTell(this);
    if (reports !== undefined) this.emitProgress(this.#clock.now(), numberOf(value), reports);
  }

  #settle(info: EndInfo): Settling {
    const end = this.queue.lives.endOf(this.job.id);
    if (end) this.#taken ??= end;
    this.#closeTaken(this.moment(info.endedAt));
    if (this.#state === 'settled' || end) return 'over';
    const settling = this.#state === 'lost' ? 'late' : 'in_time';
    this.#state = 'settled';
    return settling;
  }

  moment(endedAt: number | undefined): number {
    return endMoment(this.#clock, this.startedAt, momentOf(endedAt), this.#ranUntil);
  }

  describe(attributes: Attributes): void {
    this.#span.describe(attributes);
  }

  turnaround(end: number): number | undefined {
    return since(this.#firstRunnableAt, end);
  }

  #close(end: number, attributes: Attributes): void {
    if (this.#countedAtEnd && this.number !== undefined && attributes[ATTR.outcome] !== 'deferred')
      attributes[ATTR.attempt] = this.number;
    this.#span.describe(attributes);
    this.#span.end(end);
    this.queue.running.end(this.label, this);
    this.queue.lives.leave(this.job.id, this);
    this.queue.schedules.ended(this.queue, this, this.job);
    // A handler that still runs holds its worker until it ends.
    if (this.#ran !== 'running') this.#releaseWorker();
  }
}
