import type { Emission } from '../emission/emission.js';
import { severityNumbers } from '../signal/severity.js';
import type { Part } from './layout.js';
import { broken, fitting, lengthOf } from './layout.js';
import { toldStack } from './line-error.js';
import type { Style } from './paint.js';
import { paint } from './paint.js';
import { briefly, fieldParts } from './pretty-fields.js';
import { harmless } from './terminal-escape.js';

/** Options of {@link prettyLine}. */
export interface PrettyOptions {
  /** Colours by ANSI sequences. Default `false`. */
  readonly colour?: boolean | undefined;
  /** Columns of the terminal. What does not fit continues below, indented. Default: lines are never broken. */
  readonly width?: number | undefined;
  /** Whether the stacks of errors, with their causes, follow below, indented. Default `true`. */
  readonly stack?: boolean | undefined;
}

const SEVERITY_COLUMNS = 5;
const EVENT_COLUMNS = 14;
const INDENT = '12:01:03.412 '.length + SEVERITY_COLUMNS + 1 + EVENT_COLUMNS + 2;
const NARROW = 72;
const CAUSE = ' '.repeat(4);
const FRAME = ' '.repeat(8);

/**
 * An emission as a line for people, without the line's end, in local time. The message follows the event name if it says more than
 * that. Characters that a terminal would act on are made visible.
 *
 * ```text
 * 12:01:03.412 INFO  job.completed   invoices#42 email worker-1  38ms  attempts=1  trace=9f3c…
 * ```
 *
 * An error is `error="RangeError: too far"`. Its stack follows on the lines below, with those of its causes, unless the field has
 * `detail: 'type'` and the emission is no `error` itself. A sensitive error is `[redacted]` as a whole, unless a route reveals it.
 *
 * With a width, what does not fit continues below; a trace that does not fit is left out. Signals of a life cycle (`spanEvents:
 * 'lifecycle'`) come in numbers, so those below `warn` take one line each: a `…` stands for fields that do not fit, and there is no
 * stack.
 *
 * @param emission The emission that a sink gets.
 * @param options Colours, width and stacks.
 * @returns One line, or several if the width or an error requires it.
 *
 * @example
 * ```ts
 * import type { SinkFunction } from 'signalbox';
 * import { prettyLine } from 'signalbox/sinks';
 *
 * const lines: SinkFunction = (emission) => {
 *   process.stderr.write(`${prettyLine(emission, { colour: true, width: 100 })}\n`);
 * };
 * ```
 */
export function prettyLine(emission: Emission, options: PrettyOptions = {}): string {
  const { colour = false, width = Number.POSITIVE_INFINITY, stack = true } = options;
  const { about, details, trace } = fieldParts(emission);
  const before: Part[] = [
    { text: clock(emission.timestamp), style: 'dim', gap: 0 },
    { text: emission.severity.toUpperCase().padEnd(SEVERITY_COLUMNS), style: emission.severity, gap: 1 },
    ...titleParts(emission),
    ...about,
  ];
  const after = trace ? [trace] : [];
  const isOneLine =
    emission.severityNumber < severityNumbers.warn && emission.definition.spanEvents === 'lifecycle';
  const shown = isOneLine ? fitting(details, width - lengthOf(before) - lengthOf(after)) : details;
  const lines = broken([...before, ...shown], width, width < NARROW ? CAUSE.length : INDENT);
  if (trace && lengthOf(lines.at(-1) ?? []) + lengthOf(after) <= width) lines.at(-1)?.push(trace);
  if (stack && !isOneLine) lines.push(...stackLines(emission));
  return lines.map((line) => inked(line, colour ? paint : (text) => text)).join('\n');
}

function titleParts(emission: Emission): Part[] {
  const { event, message, severity } = emission;
  const words = repeatsEvent(emission) ? [] : harmless(message).split(' ').filter(Boolean);
  const bySeverity: Style = severity === 'error' || severity === 'fatal' ? severity : 'plain';
  const said = words.map((text, i): Part => ({ text, style: bySeverity, gap: i === 0 && event ? 2 : 1 }));
  // The padding aligns the details of a line with those of the line above.
  return event ? [{ text: harmless(event).padEnd(EVENT_COLUMNS), style: severity, gap: 1 }, ...said] : said;
}

/**
 * Whether a message is the signal's constant one, and consists of the event name's words and at most two others.
 */
function repeatsEvent({ event, message, definition }: Emission): boolean {
  if (!event || message !== definition.message) return false;
  const words = message
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const own = event.split(/[._]/);
  return words.length <= own.length + 2 && own.every((word) => words.includes(word));
}

/** The stacks of the errors, without the lines that the fields show already. */
function stackLines(emission: Emission): Part[][] {
  const { errors = {} } = emission;
  return Object.keys(errors).flatMap((name) => {
    const stack = toldStack(emission, name);
    const error = errors[name];
    if (stack === undefined || error === undefined) return [];
    const told = briefly(error);
    const isTold = stack.startsWith(told) && /^(?:\n|$)/.test(stack.slice(told.length, told.length + 1));
    const lines = (isTold ? stack.slice(told.length + 1) : stack).split('\n');
    return lines.filter((line) => line.trim() !== '').map((line) => [stackLine(line)]);
  });
}

function stackLine(line: string): Part {
  const frame = line.trimStart();
  return { text: `${frame.startsWith('at ') ? FRAME : CAUSE}${harmless(frame)}`, style: 'dim', gap: 0 };
}

function inked(line: readonly Part[], painted: (text: string, style: Style) => string): string {
  const text = line.map((part) => {
    // Padding has no colour, because a terminal shows trailing blanks that have one.
    const ink = part.text.trimEnd();
    return `${' '.repeat(part.gap)}${painted(ink, part.style)}${' '.repeat(part.text.length - ink.length)}`;
  });
  return text.join('').trimEnd();
}

function clock(timestamp: number): string {
  const date = new Date(timestamp);
  const two = (n: number): string => String(n).padStart(2, '0');
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}
