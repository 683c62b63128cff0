import type { HrTime } from '@opentelemetry/api';
import type { Paint } from './paint.js';
import type { SeenSpan } from './seen-span.js';
import { isAttempt, startOf } from './seen-span.js';
import { timeText } from './time-text.js';
import { clipped } from './wrap.js';

const INDENT = 2;

/** How many columns the parts of a line have, beside the scale of time. */
interface Layout {
  readonly name: number;
  /** 0 where the scale alone says when. */
  readonly offset: number;
  readonly tail: number;
}

const WIDE: Layout = { name: 29, offset: 9, tail: 20 };
const NARROW: Layout = { name: 20, offset: 0, tail: 17 };
/** Below this there is no room for the wide layout and a scale that shows anything. */
const WIDE_COLUMNS = 80;

/**
 * The spans of one job as a waterfall, with their events: a line each, on one scale of time.
 *
 * @param since From when times count, in epoch milliseconds. Default: from the beginning of the job.
 */
export function waterfall(spans: readonly SeenSpan[], paint: Paint, since?: number): string[] {
  const first = spans[0];
  if (first === undefined) return [];
  const { columns } = paint;
  const layout = columns < WIDE_COLUMNS ? NARROW : WIDE;
  const { name, offset, tail } = layout;
  const scale = createScale(spans, Math.max(1, columns - INDENT - name - offset - tail - 2), since);
  const lines = [
    paint.dim(' '.repeat(INDENT + name + offset + 1) + scale.ruler),
    ...spans.flatMap((span, i) => [
      spanLine(span, spans[i - 1], { scale, layout, paint }),
      ...eventLines(span, { scale, layout, paint }),
    ]),
  ];
  return lines.map((line) => clipped(line, columns));
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
  /** Milliseconds since the moment from which times count. */
  since(millis: number): number;
}

/** What lines are drawn with. */
interface Drawing {
  readonly scale: Scale;
  readonly layout: Layout;
  readonly paint: Paint;
}

function createScale(spans: readonly SeenSpan[], columns: number, since?: number): Scale {
  const start = Math.min(...spans.map(startOf));
  const length = Math.max(...spans.map(endOf)) - start || 1;
  const zero = since ?? start;
  const [left, right] = [timeText(start - zero), timeText(start + length - zero)];
  return {
    columns,
    ruler: `${left} ${'─'.repeat(Math.max(0, columns - left.length - right.length - 2))} ${right}`,
    at: (millis) => Math.min(columns - 1, Math.floor(((millis - start) / length) * columns)),
    since: (millis) => millis - zero,
  };
}

function spanLine(span: SeenSpan, before: SeenSpan | undefined, drawing: Drawing): string {
  const { scale, layout, paint } = drawing;
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
    name: paint.bold(
      isAttempt(span)
        ? column(span.name, layout.name, ` · ${number}/${most}`)
        : column(span.name, layout.name),
    ),
    offset: timeText(scale.since(from)),
    mark: ' '.repeat(idle) + paint.dim('┈'.repeat(scale.at(from) - idle)) + colour(bar),
    marked: scale.at(from) + bar.length,
    tail: `${timeText(to - from)}${outcome === undefined ? '' : `  ${colour(String(outcome))}`}`,
    drawing,
  });
}

function eventLines(span: SeenSpan, drawing: Drawing): string[] {
  const { scale, layout, paint } = drawing;
  return span.events.map((event, index) => {
    const branch = index === span.events.length - 1 ? '└' : '├';
    const at = millisOf(event.time);
    return line({
      name: paint.dim(`${branch} `) + column(event.name, layout.name - 2),
      offset: timeText(scale.since(at)),
      mark: ' '.repeat(scale.at(at)) + paint.dim('·'),
      marked: scale.at(at) + 1,
      tail: paint.dim(remark(event.name, { ...span.attributes, ...event.attributes })),
      drawing,
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
  readonly drawing: Drawing;
}

function line({ name, offset, mark, marked, tail, drawing: { scale, layout } }: Line): string {
  const rest = ' '.repeat(Math.max(0, scale.columns - marked));
  const when = layout.offset === 0 ? '' : offset.padStart(layout.offset);
  return `${' '.repeat(INDENT)}${name}${when} ${mark}${rest} ${tail}`.trimEnd();
}

/** So many columns of a text, its end whole. */
function column(text: string, width: number, end = ''): string {
  return (clipped(text, width - end.length) + end).padEnd(width);
}

function endOf(span: SeenSpan): number {
  return millisOf(span.endTime);
}

function millisOf([seconds, nanos]: HrTime): number {
  return seconds * 1000 + nanos / 1e6;
}

// SpanStatusCode.ERROR: the API is here for its types alone.
const ERROR = 2;
