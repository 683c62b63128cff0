import type { Emission } from '../emission/emission.js';
import { severityNumbers } from '../signal/severity.js';
import type { Style } from './paint.js';
import { harmless, paint } from './paint.js';
import type { Part } from './pretty-fields.js';
import { fieldParts } from './pretty-fields.js';

/** Options of {@link prettyLine}. */
export interface PrettyOptions {
  /** Colours by ANSI sequences. Default `false`. */
  readonly colour?: boolean | undefined;
  /** Columns of the terminal: what does not fit goes on below, indented. Default: never broken. */
  readonly width?: number | undefined;
}

const SEVERITY_COLUMNS = 5;
const EVENT_COLUMNS = 14;
const INDENT = '12:01:03.412 '.length + SEVERITY_COLUMNS + 1 + EVENT_COLUMNS + 2;
const NARROW = 72;

/**
 * An emission as a line for people, without the line's end, in local time. The message stands behind the event
 * name where it says more than that. Characters that a terminal would act on are made visible.
 *
 * ```text
 * 12:01:03.412 INFO  job.completed   invoices#42 email worker-1  38ms  attempts=1  trace=9f3c…
 * ```
 *
 * Where a width is given, what does not fit goes on below, but for the trace. Signals of a life cycle
 * (`spanEvents: 'lifecycle'`) come in numbers, so those below `warn` take one line each: fields that do not
 * fit are a `…`.
 *
 * @param emission What a sink is given.
 * @param options Colours and width.
 * @returns One line, or several where the width asks for it.
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
  const { colour = false, width = Number.POSITIVE_INFINITY } = options;
  const { about, details, trace } = fieldParts(emission);
  const before: Part[] = [
    { text: clock(emission.timeMillis), style: 'dim', gap: 0 },
    { text: emission.severity.toUpperCase().padEnd(SEVERITY_COLUMNS), style: emission.severity, gap: 1 },
    ...titleParts(emission),
    ...about,
  ];
  const after = trace ? [trace] : [];
  const isOneLine =
    emission.severityNumber < severityNumbers.warn && emission.definition.spanEvents === 'lifecycle';
  const shown = isOneLine ? fitting(details, width - lengthOf(before) - lengthOf(after)) : details;
  const lines = broken([...before, ...shown], width);
  if (trace && lengthOf(lines.at(-1) ?? []) + lengthOf(after) <= width) lines.at(-1)?.push(trace);
  return lines.map((line) => inked(line, colour ? paint : (text) => text)).join('\n');
}

/** As many of the parts as there is room for, and a `…` for those that are left out. */
function fitting(parts: readonly Part[], room: number): readonly Part[] {
  if (lengthOf(parts) <= room) return parts;
  const more: Part = { text: '…', style: 'dim', gap: 1 };
  let kept = parts.length - 1;
  while (kept > 0 && lengthOf(parts.slice(0, kept)) + lengthOf([more]) > room) kept--;
  return [...parts.slice(0, kept), kept === 0 ? { ...more, gap: 2 } : more];
}

function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { text, gap }) => sum + gap + text.length, 0);
}

function titleParts(emission: Emission): Part[] {
  const { event, message, severity } = emission;
  const words = repeatsEvent(emission) ? [] : harmless(message).split(' ').filter(Boolean);
  const bySeverity: Style = severity === 'error' || severity === 'fatal' ? severity : 'plain';
  const said = words.map((text, i): Part => ({ text, style: bySeverity, gap: i === 0 && event ? 2 : 1 }));
  // The padding is what keeps the details of one line under those of the line above.
  return event ? [{ text: harmless(event).padEnd(EVENT_COLUMNS), style: severity, gap: 1 }, ...said] : said;
}

/**
 * Whether a message is the signal's constant one and, but for two words at most, the event name's own words.
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

/** Spreads the parts over lines; each after the first begins with its indentation. */
function broken(parts: readonly Part[], width: number): Part[][] {
  const indentation: Part = { text: ' '.repeat(width < NARROW ? 4 : INDENT), style: 'plain', gap: 0 };
  let line: Part[] = [];
  const lines = [line];
  for (const part of parts) {
    const column = lengthOf(line);
    if (column > indentation.text.length && column + part.gap + part.text.trimEnd().length > width) {
      line = [indentation, { ...part, gap: 0 }];
      lines.push(line);
    } else line.push(part);
  }
  return lines;
}

function inked(line: readonly Part[], painted: (text: string, style: Style) => string): string {
  const text = line.map((part) => {
    // Padding has no colour: a terminal shows trailing blanks that have one.
    const ink = part.text.trimEnd();
    return `${' '.repeat(part.gap)}${painted(ink, part.style)}${' '.repeat(part.text.length - ink.length)}`;
  });
  return text.join('').trimEnd();
}

function clock(timeMillis: number): string {
  const date = new Date(timeMillis);
  const two = (n: number): string => String(n).padStart(2, '0');
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}
