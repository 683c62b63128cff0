import type { Attributes, Context, Link, Span, SpanContext } from '@opentelemetry/api';
import { swallow } from '../delivery/guard.js';
import type { DescribedError } from '../emission/error.js';
import { seconds } from '../emission/seconds.js';
import { hrTime } from '../telemetry/clock.js';
import { CLOCK_KEY, spanOf, withoutSpan, withSpan, withValue } from '../telemetry/context.js';
import type { AttemptInfo } from './attempt-info.js';
import type { AttemptStart, SpanStart } from './attempt-start.js';
import { maxAttemptsOf } from './attempt-start.js';
import { extract, spanContextOf } from './carrier.js';
import type { Relation } from './job.js';
import type { PreviousAttempt, RememberedAttempt } from './memory.js';
import { originOf, spanBefore } from './origin.js';
import type { QueueState } from './queue-state.js';
import { known, quietly, spanAttributes } from './queue-state.js';
import {
  ATTR,
  CONSUMER,
  ENQUEUED_BY,
  EXCEPTION,
  PREVIOUS_ATTEMPT,
  PROCESS,
  STATUS_ERROR,
} from './semconv.js';
import { spanName } from './span-name.js';
import { activeSays, attemptSays } from './span-says.js';
import { startSpan } from './start-span.js';

/** The span of an attempt, its own or shared by a batch. */
export interface AttemptSpan {
  readonly context: Context;
  /** In which signals of its jobs are emitted: of the same span, whose events they are unless too many share it. */
  readonly emitIn: Context;
  /** What it says of its job already, so that the events on it need not. Undefined where many share it. */
  readonly says: ReadonlySet<string> | undefined;
  /** What holds for this attempt alone; a shared span does not take it. */
  describe(attributes: Attributes): void;
  fail(type: string, message: string): void;
  /** The convention's event of what was thrown. */
  exception(error: DescribedError, atMillis: number): void;
  /** Of a shared span: the moment at which its one handler ended, for all who notice that at `atMillis` or later. */
  handlerEnded?(atMillis: number): number;
  end(atMillis: number): void;
}

/** The links of an attempt: to its enqueue span where it is no child of it, and to the attempt before. */
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

/** Starts (or, where the engine made one, takes) the span of one attempt. */
export function startAttemptSpan(start: AttemptStart): AttemptSpan {
  const { state, info, relation, previous } = start;
  const origin = originOf(state, info.carrier, info.job.id);
  const before = previous && spanBefore(state, previous);
  const links = linksOf(info, relation, previous?.number, before, origin);
  const isActive = info.span === 'active';
  const parent = isActive ? state.core.activeContext() : relation === 'parent' ? origin : withoutSpan(origin);
  const attributes = {
    ...spanAttributes(state, PROCESS, PROCESS, info.job),
    ...startAttributes(start),
    ...previousAttributes(before, spanContextOf(parent)),
  };
  if (isActive) return takeActive(start, attributes, links);
  return own(start, spanName(state, PROCESS, info.job.type), parent, attributes, links);
}

function startAttributes({ info, worker, wait }: AttemptStart): Attributes {
  return known({
    [ATTR.attempt]: info.countedAtEnd ? undefined : info.number,
    [ATTR.maxAttempts]: maxAttemptsOf(info),
    [ATTR.worker]: worker?.id,
    [ATTR.wait]: wait === undefined ? undefined : seconds(wait),
  });
}

// As attributes, since Jaeger keeps none of a link, and two links read alike there.
function previousAttributes(before: SpanContext | undefined, parent: SpanContext | undefined): Attributes {
  if (!before) return {};
  const isElsewhere = before.traceId !== parent?.traceId;
  return known({
    [ATTR.previousSpan]: before.spanId,
    [ATTR.previousTrace]: isElsewhere ? before.traceId : undefined,
  });
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
  return spanOn(state, span, context, true);
}

function takeActive({ state, clock }: SpanStart, attributes: Attributes, links: Link[]): AttemptSpan {
  const active = state.core.activeContext();
  const span = spanOf(active);
  quietly(state.core, 'setAttributes', () => {
    swallow(span?.setAttributes(attributes));
    for (const link of links) swallow(span?.addLink?.(link));
  });
  return spanOn(state, span, withValue(active, CLOCK_KEY, clock), false);
}

function spanOn(state: QueueState, span: Span | undefined, context: Context, ours: boolean): AttemptSpan {
  const { core } = state;
  return {
    context,
    emitIn: context,
    says: ours ? attemptSays : activeSays,
    describe: (attributes) => void quietly(core, 'setAttributes', () => span?.setAttributes(attributes)),
    fail: (type, message) =>
      void quietly(core, 'setStatus', () => {
        swallow(span?.setStatus({ code: STATUS_ERROR, message }));
        return span?.setAttribute(ATTR.errorType, type);
      }),
    exception: ({ type, message, stack }, atMillis) =>
      void quietly(core, 'addEvent', () =>
        span?.addEvent(
          EXCEPTION.event,
          known({ [EXCEPTION.type]: type, [EXCEPTION.message]: message, [EXCEPTION.stack]: stack }),
          hrTime(atMillis),
        ),
      ),
    end: (atMillis) => {
      if (ours) quietly(core, 'end', () => span?.end(hrTime(atMillis)));
    },
  };
}
