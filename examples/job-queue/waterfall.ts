import type { HrTime } from '@opentelemetry/api';
import type { Paint } from './paint.js';
import type { SeenSpan } from './seen-span.js';
import { isAttempt, startOf } from './seen-span.js';
import { timeText } from './time-text.js';

const NAME_COLUMNS = 29;
const OFFSET_COLUMNS = 9;
const TAIL_COLUMNS = 20;
const INDENT = 2;

/** The spans of one job as a waterfall, with their events: a line each, on one scale of time. */
export function waterfall(spans: readonly SeenSpan[], paint: Paint): string[] {
  const first = spans[0];
  if (first === undefined) return [];
  const scale = createScale(spans, paint.columns - INDENT - NAME_COLUMNS - OFFSET_COLUMNS - TAIL_COLUMNS - 2);
  return [
    paint.dim(' '.repeat(INDENT + NAME_COLUMNS + OFFSET_COLUMNS + 1) + scale.ruler),
    ...spans.flatMap((span, i) => [
      spanLine(span, spans[i - 1], scale, paint),
      ...eventLines(span, scale, paint),
    ]),
  ];
}

/** What the waterfall shows, in a few words. */
export function waterfallTitle(spans: readonly SeenSpan[]): string {
  const {
    'job.id': id,
    'job.type': jobType,
    'messaging.destination.name': queue,
  } = spans[0]?.attributes ?? {};
  // Where each type has a queue of its own, jobs have no other type.
  const type = jobType ?? queue;
  const traces = new Set(spans.map(({ traceId }) => traceId));
  const where = traces.size === 1 ? `trace ${[...traces][0]}` : `${traces.size} traces, linked`;
  return `${id} (${type}), ${spans.filter(isAttempt).length} attempts, ${where}`;
}

interface Scale {
  readonly columns: number;
  readonly ruler: string;
  /** The column of a moment, epoch milliseconds. */
  at(millis: number): number;
  /** Milliseconds since the beginning. */
  since(millis: number): number;
}

function createScale(spans: readonly SeenSpan[], columns: number): Scale {
  const start = Math.min(...spans.map(startOf));
  const length = Math.max(...spans.map(endOf)) - start || 1;
  const [left, right] = ['0', timeText(length)];
  return {
    columns,
    ruler: `${left} ${'─'.repeat(Math.max(0, columns - left.length - right.length - 2))} ${right}`,
    at: (millis) => Math.min(columns - 1, Math.floor(((millis - start) / length) * columns)),
    since: (millis) => millis - start,
  };
}

function spanLine(span: SeenSpan, before: SeenSpan | undefined, scale: Scale, paint: Paint): string {
  const [from, to] = [startOf(span), endOf(span)];
  const colour = span.status.code === ERROR ? paint.red : isAttempt(span) ? paint.green : paint.cyan;
  const bar =
    from === to || scale.at(from) === scale.at(to) ? '▏' : '█'.repeat(scale.at(to) - scale.at(from) + 1);
  // What lies between the end of one and the start of the next is a wait.
  const idle = Math.min(scale.at(from), before === undefined ? scale.at(from) : scale.at(endOf(before)) + 1);
  const {
    'job.attempt.number': number,
    'job.max_attempts': most,
    'job.attempt.outcome': outcome,
  } = span.attributes;
  return line({
    name: paint.bold(column(isAttempt(span) ? `${span.name} · ${number}/${most}` : span.name, NAME_COLUMNS)),
    offset: timeText(scale.since(from)),
    mark: ' '.repeat(idle) + paint.dim('┈'.repeat(scale.at(from) - idle)) + colour(bar),
    marked: scale.at(from) + bar.length,
    tail: `${timeText(to - from)}${outcome === undefined ? '' : `  ${colour(String(outcome))}`}`,
    scale,
  });
}

function eventLines(span: SeenSpan, scale: Scale, paint: Paint): string[] {
  return span.events.map((event, index) => {
    const branch = index === span.events.length - 1 ? '└' : '├';
    const at = millisOf(event.time);
    return line({
      name: paint.dim(`${branch} `) + column(event.name, NAME_COLUMNS - 2),
      offset: timeText(scale.since(at)),
      mark: ' '.repeat(scale.at(at)) + paint.dim('·'),
      marked: scale.at(at) + 1,
      tail: paint.dim(remark(event.name, { ...span.attributes, ...event.attributes })),
      scale,
    });
  });
}

/** The one thing worth knowing of an event, which it says itself or its span does. */
function remark(name: string, attributes: Readonly<Record<string, unknown>>): string {
  const {
    'job.retry.delay': delay,
    'job.abandon.reason': reason,
    'error.type': error,
    'worker.id': worker,
  } = attributes;
  if (name === 'job.started') return String(worker ?? '');
  if (name === 'job.retrying' && typeof delay === 'number') return `in ${timeText(delay * 1000)}`;
  if (name === 'job.abandoned') return String(reason ?? '');
  return name === 'job.failed' ? String(error ?? '') : '';
}

interface Line {
  readonly name: string;
  readonly offset: string;
  readonly mark: string;
  /** How many columns the mark takes: colours have none. */
  readonly marked: number;
  readonly tail: string;
  readonly scale: Scale;
}

function line({ name, offset, mark, marked, tail, scale }: Line): string {
  const rest = ' '.repeat(Math.max(0, scale.columns - marked));
  return `${' '.repeat(INDENT)}${name}${offset.padStart(OFFSET_COLUMNS)} ${mark}${rest} ${tail}`.trimEnd();
}

function column(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function endOf(span: SeenSpan): number {
  return millisOf(span.endTime);
}

function millisOf([seconds, nanos]: HrTime): number {
  return seconds * 1000 + nanos / 1e6;
}

// SpanStatusCode.ERROR: the API is here for its types alone.
const ERROR = 2;
