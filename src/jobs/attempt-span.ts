import type { Attributes, Context, Link, Span, SpanContext } from '@opentelemetry/api';
import type { Core } from '../box/core.js';
import type { DescribedError } from '../emission/describe-error.js';
import { seconds } from '../emission/seconds.js';
import { swallow } from '../emission/swallow.js';
import { hrTime } from '../telemetry/clock.js';
import {
  BAGGAGE_KEY,
  CLOCK_KEY,
  spanOf,
  valueIn,
  withoutSpan,
  withSpan,
  withValue,
} from '../telemetry/context.js';
import type { AttemptInfo } from './attempt-info.js';
import type { PreviousAttempt, RememberedAttempt } from './attempt-memory.js';
import type { AttemptStart, SpanStart } from './attempt-start.js';
import { maxAttemptsOf } from './attempt-start.js';
import { activeSays, attemptSays } from './attributes-on-span.js';
import { extract, spanContextOf } from './carrier.js';
import type { Relation } from './job.js';
import { originOf, spanBefore } from './origin.js';
import type { QueueState } from './queue-state.js';
import {
  ATTR,
  CONSUMER,
  ENQUEUED_BY,
  EXCEPTION,
  PREVIOUS_ATTEMPT,
  PROCESS,
  STATUS_ERROR,
} from './semconv.js';
import { addCarried, known, spanAttributes } from './span-attributes.js';
import { spanName } from './span-name.js';
import { startSpan } from './start-span.js';
import { quietly, threw } from './tracing-guard.js';

/** The span of an attempt, its own or shared by a batch. */
export interface AttemptSpan {
  readonly context: Context;
  /** The context in which signals of its jobs are emitted. They are events on this span unless too many jobs share it. */
  readonly emitIn: Context;
  /** The attributes that the span has of its job: events on it do not repeat them. Undefined where many jobs share the span. */
  readonly says: ReadonlySet<string> | undefined;
  /** Sets attributes of this attempt alone; a shared span ignores them. */
  describe(attributes: Attributes): void;
  fail(type: string, message: string): void;
  /** Adds OpenTelemetry's `exception` event for what the handler threw. */
  exception(error: DescribedError, atMillis: number): void;
  /** For a shared span: when its one handler ended. Every attempt that notices the end at `atMillis` or later gets the same moment. */
  handlerEnded?(atMillis: number): number;
  end(atMillis: number): void;
}

/** The links of an attempt: to the previous attempt, and to its enqueue span unless it is a child of that span. */
function linksOf(
  info: AttemptInfo,
  relation: Relation,
  previousNumber: number | undefined,
  before: SpanContext | undefined,
  origin: Context,
): Link[] {
  const links: Link[] = [];
  const enqueued = relation === 'link' ? spanContextOf(origin) : undefined;
  if (enqueued) links.push({ context: enqueued, attributes: { [ATTR.linkReason]: ENQUEUED_BY } });
  if (before) {
    const number = previousNumber ?? (info.number === undefined ? undefined : info.number - 1);
    links.push({
      context: before,
      attributes: known({ [ATTR.linkReason]: PREVIOUS_ATTEMPT, [ATTR.attempt]: number }),
    });
  }
  return links;
}

/** The links of one attempt of a batch. */
export function linksOfBatch(
  state: QueueState,
  info: AttemptInfo,
  previous: PreviousAttempt | RememberedAttempt | undefined,
): Link[] {
  const before = previous && spanBefore(state, previous);
  return linksOf(info, 'link', previous?.number, before, originOf(state, info.carrier, info.job.id));
}

/** Starts the span of one attempt, or takes the one that the engine started. */
export function startAttemptSpan(start: AttemptStart): AttemptSpan {
  const { state, info, relation, previous } = start;
  const origin = originOf(state, info.carrier, info.job.id);
  const before = previous && spanBefore(state, previous);
  const links = linksOf(info, relation, previous?.number, before, origin);
  const isActive = info.span === 'active';
  const parent = isActive ? state.core.activeContext() : relation === 'parent' ? origin : withoutSpan(origin);
  const attributes = spanAttributes(state, PROCESS, PROCESS, info.job);
  addStart(attributes, start);
  addCarried(attributes, start.carried);
  if (before) addPrevious(attributes, before, spanContextOf(parent));
  if (isActive) return takeActive(start, attributes, links, origin);
  return own(start, spanName(state, PROCESS, info.job.type), parent, attributes, links);
}

function addStart(attributes: Attributes, { info, worker, wait }: AttemptStart): void {
  const maxAttempts = maxAttemptsOf(info);
  if (info.number !== undefined && !info.countedAtEnd) attributes[ATTR.attempt] = info.number;
  if (maxAttempts !== undefined) attributes[ATTR.maxAttempts] = maxAttempts;
  if (worker) attributes[ATTR.worker] = worker.id;
  if (wait !== undefined) attributes[ATTR.wait] = seconds(wait);
}

// Also as attributes: Jaeger drops the attributes of links, so two links look alike there.
function addPrevious(attributes: Attributes, before: SpanContext, parent: SpanContext | undefined): void {
  const isElsewhere = before.traceId !== parent?.traceId;
  Object.assign(
    attributes,
    known({
      [ATTR.previousSpan]: before.spanId,
      [ATTR.previousTrace]: isElsewhere ? before.traceId : undefined,
    }),
  );
}

/** Starts (or, where the engine made one, takes) the one span of a batch. What it says of a job, only `shareSpan` knows. */
export function startBatchSpan(
  start: SpanStart,
  attributes: Attributes,
  links: Link[],
  kind: 'own' | 'active',
): AttemptSpan {
  if (kind === 'active') return takeActive(start, attributes, links);
  const { state } = start;
  return own(start, `${PROCESS} ${state.name}`, extract(state.core, undefined), attributes, links);
}

function own(
  { state, clock, startedAt }: SpanStart,
  name: string,
  parent: Context,
  attributes: Attributes,
  links: Link[],
): AttemptSpan {
  const root = spanOf(parent) === undefined;
  const options = { kind: CONSUMER, startTime: hrTime(startedAt), attributes, links, root };
  const span = startSpan(state.core, name, options, parent);
  const context = withValue(span ? withSpan(parent, span) : parent, CLOCK_KEY, clock);
  return new SpanOfOne(state.core, span, context);
}

function takeActive(
  { state, clock }: SpanStart,
  attributes: Attributes,
  links: Link[],
  origin?: Context,
): AttemptSpan {
  const active = state.core.activeContext();
  const span = spanOf(active);
  quietly(state.core, 'setAttributes', () => {
    swallow(span?.setAttributes(attributes));
    for (const link of links) swallow(span?.addLink?.(link));
  });
  // What the job puts in carries its baggage, though the engine's context has none.
  const own = origin && valueIn(origin, BAGGAGE_KEY);
  const context =
    own && valueIn(active, BAGGAGE_KEY) === undefined ? withValue(active, BAGGAGE_KEY, own) : active;
  return new EngineSpan(state.core, span, withValue(context, CLOCK_KEY, clock));
}

/** The span of one attempt, which signalbox started. One object, because each running job holds it. */
class SpanOfOne implements AttemptSpan {
  readonly context: Context;
  readonly #core: Core;
  readonly #span: Span | undefined;

  constructor(core: Core, span: Span | undefined, context: Context) {
    this.#core = core;
    this.#span = span;
    this.context = context;
  }

  get emitIn(): Context {
    return this.context;
  }

  get says(): ReadonlySet<string> {
    return attemptSays;
  }

  describe(attributes: Attributes): void {
    try {
      swallow(this.#span?.setAttributes(attributes));
    } catch (error) {
      threw(this.#core, 'setAttributes', error);
    }
  }

  fail(type: string, message: string): void {
    try {
      swallow(this.#span?.setStatus({ code: STATUS_ERROR, message }));
      swallow(this.#span?.setAttribute(ATTR.errorType, type));
    } catch (error) {
      threw(this.#core, 'setStatus', error);
    }
  }

  exception({ type, message, stack }: DescribedError, atMillis: number): void {
    const attributes = known({
      [EXCEPTION.type]: type,
      [EXCEPTION.message]: message,
      [EXCEPTION.stack]: stack,
    });
    try {
      swallow(this.#span?.addEvent(EXCEPTION.event, attributes, hrTime(atMillis)));
    } catch (error) {
      threw(this.#core, 'addEvent', error);
    }
  }

  end(atMillis: number): void {
    try {
      swallow(this.#span?.end(hrTime(atMillis)) as unknown);
    } catch (error) {
      threw(this.#core, 'end', error);
    }
  }
}

/** A span that the engine started, and ends. */
class EngineSpan extends SpanOfOne {
  override get says(): ReadonlySet<string> {
    return activeSays;
  }

  override end(): void {}
}
