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

/** The limits and redaction hooks of one box. */
export interface ValueRules {
  readonly stringLength: number;
  /** Rewrites messages and the texts of errors. */
  readonly redactText?: RedactText | undefined;
  /** Rewrites values of plain level records. */
  readonly redactValue?: RedactValue | undefined;
  /** Counts and reports a failed redaction hook or policy of the app. */
  readonly withheld?: ((key: string, sentence: string) => void) | undefined;
  /** Reports a function of the app that threw or returned a promise. */
  readonly report?: ((key: string, message: string, error?: unknown) => void) | undefined;
}

/** How many values the box dropped, replaced or cut, by reason. */
export interface ValueCounts {
  wrongType: number;
  undeclared: number;
  unserializable: number;
  truncated: number;
  /** Whole numbers beyond 64 bits, and times before 1970 or after 2554. The wire can not carry them, so the box drops them. */
  outOfRange: number;
  /** Texts and values that left as `[redacted]`, because a hook or policy of the app failed. */
  withheld: number;
}

export function noValueCounts(): ValueCounts {
  return { wrongType: 0, undeclared: 0, unserializable: 0, truncated: 0, outOfRange: 0, withheld: 0 };
}

/** A value that was read and checked, in the units of the code. It may leave. */
export type Clean = Leaving | DescribedError | undefined;

/** Reads one property once. A property that throws is counted and becomes `[unserializable]`. */
export function readGuarded(from: object, name: string, counts: ValueCounts): unknown {
  try {
    return (from as Record<string, unknown>)[name];
  } catch {
    counts.unserializable++;
    return UNREADABLE;
  }
}
export const UNREADABLE: unique symbol = Symbol('unreadable');

/** Like {@link readGuarded}, but reads own properties only. */
export function readOwn(from: object, name: string, counts: ValueCounts): unknown {
  try {
    return Object.hasOwn(from, name) ? (from as Record<string, unknown>)[name] : undefined;
  } catch {
    counts.unserializable++;
    return UNREADABLE;
  }
}

/** Checks a raw value against its field. Returns undefined for a value that does not leave. */
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

// Returns the text of the declaration: the app's equal text may be a slice that keeps a larger one alive.
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
    // A text concatenated from many parts takes ten times the memory of one copy.
    return owned(bounded(json.text, rules, counts));
  }
  counts.unserializable++;
  return UNSERIALIZABLE;
}

function isoTime(raw: unknown): string | undefined {
  const date = new Date(typeof raw === 'number' ? raw : millisOf(raw));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

// Recognises Dates of other realms too, and calls no code of the app. Returns NaN for anything else.
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

// Checks only the entries that may leave. `every` would read the whole list, and skip holes.
function startsWithStrings(list: readonly unknown[]): boolean {
  const length = Math.min(list.length, LIST_LENGTH);
  for (let i = 0; i < length; i++) if (typeof list[i] !== 'string') return false;
  return true;
}

/** Checks a value without a declaration (of a plain level record) by its type. */
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
