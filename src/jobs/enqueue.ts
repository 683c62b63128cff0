import type { Context, Span, SpanContext } from '@opentelemetry/api';
import type { CoreEmitOptions } from '../box/core.js';
import { swallow } from '../emission/swallow.js';
import type { AnchoredClock, Clock } from '../telemetry/clock.js';
import { hrTime } from '../telemetry/clock.js';
import { CLOCK_KEY, valueIn, withSpan, withValue } from '../telemetry/context.js';
import { enqueueSays } from './attributes-on-span.js';
import type { Carrier } from './carrier.js';
import { inject, namesTrace, spanContextOf } from './carrier.js';
import { since } from './elapsed.js';
import { endMoment, SET_MILLIS } from './end-moment.js';
import { JOB_DUPLICATE, JOB_QUEUED, JOB_REJECTED } from './enqueue-signals.js';
import { jobOf, numberOf, plain, textOf } from './given.js';
import type { HandleOptions } from './handle-options.js';
import type { JobInfo, RejectReason } from './job.js';
import type { QueueState } from './queue-state.js';
import { emitOfJob, jobValues } from './queue-state.js';
import { ATTR, ENQUEUE, PRODUCER, SEND, STATUS_ERROR } from './semconv.js';
import { crowded, isCrowd, isCrowded, recordsOnly } from './shared-span-limits.js';
import { addCarried, known, spanAttributes } from './span-attributes.js';
import { spanName } from './span-name.js';
import { startSpan } from './start-span.js';
import { quietly } from './tracing-guard.js';
import { typeLabel, typeOf } from './type-label.js';
import { whenEnded } from './when-ended.js';

/** Details of an enqueue's outcome. */
export interface OutcomeInfo {
  /** The job's id, where the engine gives it on acceptance. */
  readonly id?: string | undefined;
  /** When the outcome was known, in epoch milliseconds. Default: the end of `run` if it was called, else now. */
  readonly endedAt?: number | undefined;
}

/** One enqueue: its span (PRODUCER), and its outcome. Give exactly one; later ones change nothing. */
export interface Enqueue {
  /** The trace context of the job. Store it with the job. */
  readonly carrier: Carrier;
  /** Runs `fn` once with the enqueue span active; notes when it, or its promise, ended. What it throws is thrown. */
  run<T>(fn: () => T): T;
  /** The queue has the job: JOB_QUEUED. `queueSize` after it; `runnableAt` (epoch ms) where it is delayed. */
  accepted(
    info?: OutcomeInfo & {
      readonly queueSize?: number | undefined;
      readonly runnableAt?: number | undefined;
    },
  ): void;
  /** The queue refused it: JOB_REJECTED, and the span is an error. */
  rejected(
    reason: RejectReason,
    info?: OutcomeInfo & {
      readonly queueSize?: number | undefined;
      readonly capacity?: number | undefined;
      readonly error?: unknown;
    },
  ): void;
  /** The queue held the job already: JOB_DUPLICATE. */
  duplicate(info?: OutcomeInfo): void;
  /** Nobody can know the outcome: the span ends, and no signal is emitted. */
  untold(info?: OutcomeInfo): void;
}

/** How an enqueue is observed. */
export interface EnqueueOptions {
  /** `'none'` where the engine makes a span of its own. Default `'own'`. */
  readonly span?: 'own' | 'none';
  /**
   * How many jobs this call puts in at once: the span stands for all of them, and names none. Above 64 no job is an event on it, nor are
   * those of enqueues without a span of their own that begin in its `run`: each has its record alone.
   */
  readonly batch?: number | undefined;
}

export class StartedEnqueue implements Enqueue {
  readonly #state: QueueState;
  readonly #clock: Clock;
  readonly #span: Span | undefined;
  readonly #context: Context;
  /** The context in which its signals are emitted. */
  readonly #emitIn: Context;
  readonly #batch: number | undefined;
  #job: JobInfo;
  #carrier: Carrier | undefined;
  /** The enqueue's span if the carrier does not name it: then this process has to remember it. */
  #unnamed: SpanContext | undefined;
  #ranUntil: number | undefined;
  #settled = false;
  readonly #startedAt: number;
  /** How many ends of jobs had been emitted when it began. */
  readonly #endsBefore: number;
  readonly #compat: HandleOptions['compat'];

  constructor(
    state: QueueState,
    job: JobInfo,
    options: EnqueueOptions,
    { compat }: Pick<HandleOptions, 'compat'>,
  ) {
    const { core } = state;
    this.#state = state;
    this.#job = jobOf(job);
    this.#batch = numberOf(options.batch);
    this.#compat = compat;
    const active = core.activeContext();
    // Inside an attempt, use the attempt's clock: this span can then not begin before what caused it.
    const outer = outerClock(active);
    this.#clock = outer ?? core.anchoredClock();
    this.#startedAt = this.#clock.now();
    this.#endsBefore = state.lives.ends;
    const span =
      options.span === 'none' ? undefined : this.#start(active, startOf(this.#startedAt, outer?.from));
    this.#span = span;
    const spanned = span ? withSpan(active, span) : active;
    // The context of an attempt has its clock already.
    const context = outer ? spanned : withValue(spanned, CLOCK_KEY, this.#clock);
    this.#context = isCrowd(this.#batch) ? crowded(context) : context;
    this.#emitIn = isCrowded(this.#context) ? recordsOnly(this.#context) : this.#context;
  }

  #start(active: Context, start: number): Span | undefined {
    const { core, name: queue } = this.#state;
    const isNamed = this.#batch === undefined && !this.#compat;
    const name = isNamed ? spanName(this.#state, ENQUEUE, this.#job.type) : `${ENQUEUE} ${queue}`;
    const attributes = spanAttributes(this.#state, ENQUEUE, SEND, this.#batch === undefined ? this.#job : {});
    if (this.#batch !== undefined) attributes[ATTR.batchCount] = this.#batch;
    addCarried(attributes, this.#state.baggage?.of(active));
    const options = { kind: PRODUCER, startTime: hrTime(start), attributes };
    return startSpan(core, name, options, active);
  }

  get carrier(): Carrier {
    if (this.#carrier) return this.#carrier;
    this.#carrier = inject(this.#state.core, this.#context);
    if (this.#batch === undefined && !namesTrace(this.#carrier)) {
      this.#unnamed = spanContextOf(this.#context);
      // A job may run before its queue accepts it. A job of this id that the queue holds already keeps its own span.
      if (this.#state.memory.enqueueOf(this.#job.id) === undefined) this.#remember();
    }
    return this.#carrier;
  }

  #remember(): void {
    if (this.#unnamed) this.#state.memory.keepEnqueue(this.#job.id, this.#unnamed);
  }

  #forget(): void {
    if (this.#unnamed) this.#state.memory.forgetEnqueue(this.#job.id, this.#unnamed);
  }

  /** Like `run`, for a caller that says itself when the call ended. */
  enter<T>(fn: () => T): T {
    return this.#state.core.runIn(this.#context, fn);
  }

  run<T>(fn: () => T): T {
    const result = this.enter(fn);
    const note = (): void => {
      this.#ranUntil = this.#clock.now();
    };
    whenEnded(fn, result, note);
    return result;
  }

  accepted(
    given?: OutcomeInfo & {
      readonly queueSize?: number | undefined;
      readonly runnableAt?: number | undefined;
    },
  ): void {
    const info = plain(given);
    const end = this.#settle(info);
    if (end === undefined) return;
    const { tally, monitor } = this.#state;
    // The job may have run before its acceptance is emitted: an end that was emitted since the enqueue began is its own.
    const drift = this.#drift();
    this.#state.lives.came(this.#job.id, this.#endsBefore, this.#startedAt + drift);
    this.#remember();
    tally.accepted++;
    const runnableAt = numberOf(info.runnableAt);
    const delay = runnableAt === undefined ? undefined : since(end + drift, runnableAt);
    const state = this.#state;
    const job = this.#job;
    // In one literal, because each job has it: copying objects would cost more than all else here.
    const values = {
      job_id: job.id,
      job_type: typeOf(state, job),
      priority: job.priority,
      queue_size: info.queueSize,
      delay: delay === 0 ? undefined : delay,
      queue: state.name,
      namespace: state.namespace,
      system: state.system,
      type_label: typeLabel(state, job.type),
    };
    emitOfJob(state, JOB_QUEUED, values, this.#place(end));
    if (!delay) state.schedules.queued(state, job, end + drift);
    this.#end(end);
    const size = numberOf(info.queueSize);
    if (size !== undefined) monitor?.size(size);
  }

  rejected(
    reason: RejectReason,
    given?: OutcomeInfo & {
      readonly queueSize?: number | undefined;
      readonly capacity?: number | undefined;
      readonly error?: unknown;
    },
  ): void {
    const info = plain(given);
    const end = this.#settle(info);
    if (end === undefined) return;
    const { core, monitor, capacity } = this.#state;
    this.#forget();
    const described = info.error === undefined ? undefined : core.describeError(info.error);
    const values = {
      ...jobValues(this.#state, this.#job),
      reason,
      queue_size: info.queueSize,
      queue_capacity: info.capacity ?? capacity,
      error: reason === 'error' ? described : undefined,
    };
    emitOfJob(this.#state, JOB_REJECTED, values, this.#place(end));
    const why = textOf(reason) ?? 'error';
    quietly(core, 'setStatus', () => {
      swallow(this.#span?.setStatus({ code: STATUS_ERROR, message: described?.message ?? why }));
      return this.#span?.setAttributes(
        known({
          [ATTR.errorType]: reason === 'error' && described ? described.type : why,
          [ATTR.rejectReason]: why,
        }),
      );
    });
    this.#end(end);
    const size = numberOf(info.queueSize);
    if (size !== undefined) monitor?.size(size);
  }

  duplicate(given?: OutcomeInfo): void {
    const end = this.#settle(plain(given));
    if (end === undefined) return;
    this.#forget();
    emitOfJob(this.#state, JOB_DUPLICATE, jobValues(this.#state, this.#job), this.#place(end));
    this.#end(end);
  }

  untold(given?: OutcomeInfo): void {
    const end = this.#settle(plain(given));
    if (end !== undefined) this.#end(end);
  }

  // Within an attempt, use the attempt's clock, which keeps its anchor: the box's clock may have been set since.
  #drift(): number {
    const drift = this.#state.core.now() - this.#clock.now();
    return Math.abs(drift) > SET_MILLIS ? drift : 0;
  }

  // The span of many jobs has no attributes of one job, so each event on it describes its job in full.
  #place(timestamp: number): CoreEmitOptions & { readonly context: Context } {
    const isSaid = this.#span !== undefined && this.#batch === undefined && !this.#compat;
    return { context: this.#emitIn, timestamp, spanSays: isSaid ? enqueueSays : undefined };
  }

  #settle(info: Partial<OutcomeInfo>): number | undefined {
    if (this.#settled) return undefined;
    this.#settled = true;
    const id = textOf(info.id);
    if (id !== undefined && id !== this.#job.id) {
      this.#job = { ...this.#job, id };
      if (this.#batch === undefined)
        quietly(this.#state.core, 'setAttributes', () =>
          this.#span?.setAttributes({ [ATTR.messageId]: id, [ATTR.jobId]: id }),
        );
    }
    return endMoment(this.#clock, this.#startedAt, numberOf(info.endedAt), this.#ranUntil);
  }

  #end(end: number): void {
    quietly(this.#state.core, 'end', () => this.#span?.end(hrTime(end)));
  }
}

// Another copy of the package may have put the clock there.
function outerClock(active: Context): (Clock & Partial<AnchoredClock>) | undefined {
  const outer = valueIn(active, CLOCK_KEY) as AnchoredClock | undefined;
  return typeof outer?.now === 'function' ? outer : undefined;
}

/** The most that the wall clock lags behind ours, unless somebody set it: it is truncated to the millisecond, and drifts. */
const BEHIND_MILLIS = 3;

/**
 * The SDK starts the spans within this one by the wall clock, which is truncated to the millisecond. If this span began by a finer clock, they
 * would begin before it. Within an attempt, the span does not begin before the attempt.
 */
function startOf(now: number, attemptFrom: number | undefined): number {
  const wall = Date.now();
  const isBehind = wall < now && now - wall <= BEHIND_MILLIS;
  return isBehind ? Math.max(wall, attemptFrom ?? 0) : now;
}
