import type { Field } from '../signal/field.js';
import type { DescribedError } from './describe-error.js';
import { describeError, isError } from './describe-error.js';
import type { Leaving } from './emission.js';
import { jsonOf } from './json.js';
import type { RedactText } from './redact-text.js';
import type { RedactValue } from './redact-value.js';
import { cut, owned, UNSERIALIZABLE, wellFormed } from './text.js';
import { isCarriable } from './wire-range.js';

const LIST_LENGTH = 128;

/** How values are bounded and redacted in one box. */
export interface ValueRules {
  readonly stringLength: number;
  /** Rewrites messages, and the text of errors. */
  readonly redactText?: RedactText | undefined;
  /** Rewrites values of plain level records. */
  readonly redactValue?: RedactValue | undefined;
  /** Counts, and reports, that a redaction of the app's failed. */
  readonly withheld?: ((key: string, sentence: string) => void) | undefined;
  /** Reports functions of the app's that threw, or answered with a promise. */
  readonly report?: ((key: string, message: string, error?: unknown) => void) | undefined;
}

/** How many values were not what they should be. */
export interface ValueCounts {
  wrongType: number;
  undeclared: number;
  unserializable: number;
  truncated: number;
  /** Whole numbers beyond 64 bits, and times before 1970 or after 2554: the wire can carry neither, so they do not leave. */
  outOfRange: number;
  /** Texts and values that a redaction of the app's failed on: `[redacted]` left in their place. */
  withheld: number;
}

export function noValueCounts(): ValueCounts {
  return { wrongType: 0, undeclared: 0, unserializable: 0, truncated: 0, outOfRange: 0, withheld: 0 };
}

/** A value that was read and checked: what may leave, in the units of the code. */
export type Clean = Leaving | DescribedError | undefined;

/** Reads one property, once. What throws on being read is `[unserializable]`. */
export function readGuarded(from: object, name: string, counts: ValueCounts): unknown {
  try {
    return (from as Record<string, unknown>)[name];
  } catch {
    counts.unserializable++;
    return UNREADABLE;
  }
}
export const UNREADABLE: unique symbol = Symbol('unreadable');

/** The same, of an object's own properties alone. */
export function readOwn(from: object, name: string, counts: ValueCounts): unknown {
  try {
    return Object.hasOwn(from, name) ? (from as Record<string, unknown>)[name] : undefined;
  } catch {
    counts.unserializable++;
    return UNREADABLE;
  }
}

/** Checks a raw value against its field. Undefined: it does not leave. */
export function cleanValue(
  field: Field<unknown>,
  raw: unknown,
  rules: ValueRules,
  counts: ValueCounts,
): Clean {
  if (raw === UNREADABLE) return UNSERIALIZABLE;
  if (raw === undefined) return field.optional ? undefined : wrongType(counts);
  switch (field.kind) {
    case 'string':
    case 'id':
    case 'text':
      return typeof raw === 'string' ? bounded(raw, rules, counts) : wrongType(counts);
    case 'enum':
      return declared(field, raw) ?? wrongType(counts);
    case 'boolean':
      return typeof raw === 'boolean' ? raw : wrongType(counts);
    case 'number':
    case 'duration':
      return Number.isFinite(raw) ? carriable(raw as number, counts) : wrongType(counts);
    case 'int':
      return Number.isInteger(raw) ? carriable(raw as number, counts) : wrongType(counts);
    default:
      return cleanComplex(field, raw, rules, counts);
  }
}

function wrongType(counts: ValueCounts): undefined {
  counts.wrongType++;
  return undefined;
}

// The declaration's own text: the app's may be a part of a larger one, and keep it alive.
function declared({ values }: Field<unknown>, raw: unknown): string | undefined {
  const at = typeof raw === 'string' ? (values?.indexOf(raw) ?? -1) : -1;
  return at < 0 ? undefined : values?.[at];
}

function cleanComplex(field: Field<unknown>, raw: unknown, rules: ValueRules, counts: ValueCounts): Clean {
  try {
    if (field.kind === 'error') return describeError(raw, rules.stringLength, rules.redactText);
    if (field.kind === 'json') return jsonText(raw, rules, counts);
    const value = field.kind === 'time' ? isoTime(raw) : stringList(raw, rules, counts);
    if (value === undefined) counts.wrongType++;
    return value;
  } catch {
    counts.unserializable++;
    return UNSERIALIZABLE;
  }
}

function carriable(value: number, counts: ValueCounts): number | undefined {
  if (isCarriable(value)) return value;
  counts.outOfRange++;
  return undefined;
}

function bounded(text: string, rules: ValueRules, counts: ValueCounts): string {
  if (text.length <= rules.stringLength) return wellFormed(text);
  counts.truncated++;
  return wellFormed(cut(text, rules.stringLength));
}

function jsonText(raw: unknown, rules: ValueRules, counts: ValueCounts): string {
  const json = jsonOf(raw, rules.stringLength);
  if (json) {
    counts.unserializable += json.lost;
    // It is put together of many parts: as one text it takes a tenth of their memory.
    return owned(bounded(json.text, rules, counts));
  }
  counts.unserializable++;
  return UNSERIALIZABLE;
}

function isoTime(raw: unknown): string | undefined {
  const date = new Date(typeof raw === 'number' ? raw : millisOf(raw));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

// Knows the Dates of other realms too, and runs nothing of what it is given. NaN for anything else.
function millisOf(raw: unknown): number {
  try {
    return Date.prototype.getTime.call(raw);
  } catch {
    return Number.NaN;
  }
}

function stringList(raw: unknown, rules: ValueRules, counts: ValueCounts): readonly string[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  const list: string[] = [];
  const length = Math.min(raw.length, LIST_LENGTH);
  if (raw.length > length) counts.truncated++;
  for (let i = 0; i < length; i++) {
    const entry: unknown = raw[i];
    if (typeof entry === 'string') list.push(bounded(entry, rules, counts));
    else counts.wrongType++;
  }
  return Object.freeze(list);
}

// As far as a list leaves. No `every`: that looks at all of it, and passes over holes.
function startsWithStrings(list: readonly unknown[]): boolean {
  const length = Math.min(list.length, LIST_LENGTH);
  for (let i = 0; i < length; i++) if (typeof list[i] !== 'string') return false;
  return true;
}

/** A value without a declaration (plain level records), by what it is. */
export function cleanOpen(raw: unknown, rules: ValueRules, counts: ValueCounts): Clean {
  switch (typeof raw) {
    case 'string':
      return bounded(raw, rules, counts);
    case 'boolean':
      return raw;
    case 'number':
      if (Number.isFinite(raw)) return carriable(raw, counts);
      return String(raw);
    case 'bigint':
      return bounded(raw.toString(), rules, counts);
    case 'undefined':
      return undefined;
    case 'object':
      return cleanOpenObject(raw, rules, counts);
    default:
      counts.unserializable++;
      return UNSERIALIZABLE;
  }
}

function cleanOpenObject(raw: object | null, rules: ValueRules, counts: ValueCounts): Clean {
  if (raw === null) return undefined;
  try {
    const moment = isoTime(raw);
    if (moment !== undefined) return moment;
    if (isError(raw)) return describeError(raw, rules.stringLength, rules.redactText);
    if (Array.isArray(raw) && startsWithStrings(raw)) return stringList(raw, rules, counts);
    return jsonText(raw, rules, counts);
  } catch {
    counts.unserializable++;
    return UNSERIALIZABLE;
  }
}
