import type { BoundFields, BoundValues } from '../signal/bound-fields.js';
import { Bound, BoundShape } from './bound.js';
import { compileField } from './compiled-signal.js';
import { inBrief, isDescribed } from './describe-error.js';
import { isKey, objectOf } from './level-record.js';
import { readValues } from './read-values.js';
import { redactedValue } from './redact-value.js';
import { cut, owned, UNSERIALIZABLE, wellFormed } from './text.js';
import type { Clean, ValueCounts, ValueRules } from './value.js';
import { cleanOpen, readGuarded, UNREADABLE } from './value.js';

/** The most shapes of undeclared values that are kept. An app binds a few kinds of objects. */
const SHAPES = 256;
/** The greatest length of all names of a shape that is kept. The names may come from an app's callers. */
const SHAPE_LENGTH = 2048;
/** The most values of a plain object that a box binds. */
export const NAMES = 64;
const NO_LABELS: ReadonlySet<string> = new Set();

const declaredShapes = new WeakMap<BoundFields<never>, BoundShape>();
const openShapes = new Map<string, BoundShape>();

/** Reads each value of declared fields once. Never throws. */
export function bindDeclared(
  { declared, values }: BoundValues,
  rules: ValueRules,
  counts: ValueCounts,
): Bound {
  const shape = declaredShape(declared);
  const clean: Clean[] = new Array(shape.fields.length);
  const raw = readValues(shape, objectOf(values, counts), rules, counts, clean);
  return new Bound(shape, clean.map(ownedValue), raw ?? clean, rules);
}

/** Reads each value of a plain object once, as for a plain level record. Never throws. */
export function bindOpen(given: object, rules: ValueRules, counts: ValueCounts): Bound {
  const names: string[] = [];
  const clean: Clean[] = [];
  const raw: unknown[] = [];
  for (const name of namesOf(given, counts)) {
    const value = readGuarded(given, name, counts);
    const { redactValue, withheld } = rules;
    const left =
      redactValue && value !== UNREADABLE ? redactedValue(redactValue, name, value, withheld) : value;
    const cleaned = value === UNREADABLE ? UNSERIALIZABLE : cleanOpen(left, rules, counts);
    if (cleaned === undefined) continue;
    names.push(owned(wellFormed(cut(name, rules.stringLength))));
    clean.push(ownedValue(isDescribed(cleaned) ? cut(inBrief(cleaned), rules.stringLength) : cleaned));
    raw.push(value);
  }
  return new Bound(openShape(names), clean, raw, rules);
}

function namesOf(given: object, counts: ValueCounts): readonly string[] {
  try {
    const names = Object.keys(given).filter((name) => {
      if (!isKey(name)) counts.undeclared++;
      return isKey(name);
    });
    if (names.length > NAMES) counts.truncated++;
    return names.slice(0, NAMES);
  } catch {
    // A proxy may refuse to list its names.
    counts.unserializable++;
    return [];
  }
}

function declaredShape(declared: BoundFields<never>): BoundShape {
  let shape = declaredShapes.get(declared);
  if (!shape) {
    // `false`: `ownedValue` has copied the texts already.
    const fields = Object.entries(declared.fields).map(([name, field]) => compileField(name, field, false));
    shape = new BoundShape(fields, new Set(declared.labels));
    declaredShapes.set(declared, shape);
  }
  return shape;
}

function openShape(names: readonly string[]): BoundShape {
  const text = JSON.stringify(names);
  let shape = openShapes.get(text);
  if (!shape) {
    const field = { kind: 'text' } as const;
    shape = new BoundShape(
      names.map((name) => compileField(name, field, false)),
      NO_LABELS,
    );
    if (text.length > SHAPE_LENGTH) return shape;
    if (openShapes.size >= SHAPES) openShapes.clear();
    openShapes.set(text, shape);
  }
  return shape;
}

// Bound values stay, and a text of the app may be a slice that keeps a larger text alive.
function ownedValue(value: Clean): Clean {
  if (typeof value === 'string') return owned(value);
  return Array.isArray(value) ? Object.freeze(value.map(owned)) : value;
}
