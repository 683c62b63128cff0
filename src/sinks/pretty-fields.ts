import { inBrief } from '../emission/describe-error.js';
import type { Emission, EmissionError, Leaving } from '../emission/emission.js';
import { shortDuration } from './duration.js';
import type { Part } from './layout.js';
import { toldError } from './line-error.js';
import type { Style } from './paint.js';
import { harmless } from './terminal-escape.js';

/** The parts of a line that show an emission's fields. */
export interface FieldParts {
  /** The job, queue or worker, and how long it took: values that are known without their names. */
  readonly about: readonly Part[];
  /** The other fields as `key=value`. */
  readonly details: readonly Part[];
  /** Enough of the trace's id to see which lines belong together. */
  readonly trace: Part | undefined;
}

export function fieldParts(emission: Emission): FieldParts {
  const rest = new Map(Object.entries(emission.fields));
  const about = emission.definition.open ? [] : takeAbout(emission, rest);
  const details = [...rest].map(([name, value], i): Part => {
    const kind = kindOf(emission, name);
    const error = toldError(emission, name);
    const text = kind === 'duration' && typeof value === 'number' ? shortDuration(value) : valueText(value);
    return {
      text: `${harmless(name)}=${error ? quoted(briefly(error)) : text}`,
      style: kind === 'error' || error ? emission.severity : 'dim',
      gap: i === 0 ? 2 : 1,
    };
  });
  const { traceId } = emission;
  const trace: Part | undefined = traceId
    ? { text: `trace=${harmless(traceId.slice(0, 4))}…`, style: 'dim', gap: 2 }
    : undefined;
  return { about, details, trace };
}

/** Takes those fields of job signals out of `rest` that need no names: `invoices#42 email worker-1  38ms`. */
function takeAbout(emission: Emission, rest: Map<string, Leaving>): Part[] {
  const about: Part[] = [];
  const add = (text: string, style: Style): void => {
    if (text) about.push({ text, style, gap: about.length === 0 || style === 'plain' ? 2 : 1 });
  };
  add([takeText(rest, 'queue'), takeText(rest, 'job_id')].filter(Boolean).join('#'), 'plain');
  add(takeText(rest, 'job_type'), 'dim');
  add(takeText(rest, 'worker_id'), 'dim');
  const took = rest.get('duration');
  if (typeof took === 'number' && kindOf(emission, 'duration') === 'duration') {
    rest.delete('duration');
    add(shortDuration(took), 'plain');
  }
  const attempt = rest.get('attempt');
  const most = rest.get('max_attempts');
  if (typeof attempt === 'number' && typeof most === 'number') {
    rest.set('attempt', `${attempt}/${most}`);
    rest.delete('max_attempts');
  }
  return about;
}

/** `RangeError: too far`. Of a thrown value that is no error, only what it says. */
export function briefly(error: EmissionError): string {
  return error.type === '_OTHER' && error.message !== '' ? error.message : inBrief(error);
}

function takeText(rest: Map<string, Leaving>, name: string): string {
  const value = rest.get(name);
  if (typeof value !== 'string' || value === '') return '';
  rest.delete(name);
  return valueText(value);
}

function kindOf(emission: Emission, name: string): string | undefined {
  const { fields } = emission.definition;
  return Object.hasOwn(fields, name) ? fields[name]?.kind : undefined;
}

function valueText(value: Leaving): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number')
    return Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(6))}`;
  if (typeof value === 'boolean') return `${value}`;
  return `[${value.map(quoted).join(', ')}]`;
}

// `replaceAll` of a text that is all quotes makes a string of thousands of pieces, which its first reader must join.
const QUOTES = /"/g;

/** The text, in quotes if its end would not be visible without them. */
function quoted(text: string): string {
  const safe = harmless(text);
  return /^[^\s"=,]+$/.test(safe) ? safe : `"${safe.replace(QUOTES, '\\"')}"`;
}
