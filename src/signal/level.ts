import type { Severity } from './severity.js';
import { severities } from './severity.js';
import type { Signal } from './signal.js';

// Interfaces and classes, which have no index signature. The symbols exclude types that are one value and not a set of fields: lists,
// bytes, maps, promises, dates, functions. `stack` excludes errors, which have none of these symbols.
type Members = object & {
  readonly [Symbol.iterator]?: never;
  readonly [Symbol.toStringTag]?: never;
  readonly [Symbol.toPrimitive]?: never;
  readonly [Symbol.hasInstance]?: never;
  readonly stack?: never;
};

/** Values of a plain level record: an object with values of any type. An error may be one of them, as in `{ error }`. */
export type LevelFields = Readonly<Record<string, unknown>> | Members;

/** A method that emits a plain level record. */
export type LevelMethod = (message: string | Error, fields?: LevelFields | Error) => void;

function level(severity: Severity): Signal<Record<string, unknown>> {
  return Object.freeze({
    name: severity.toUpperCase(),
    event: '',
    severity,
    message: '',
    fields: Object.freeze({}),
    metrics: Object.freeze([]),
    spanEvents: 'off',
    open: true,
  });
}

/** The signals behind `box.debug(…)` and its like: named `DEBUG`, `INFO`, …; no event name, no span event, no metric. */
export const levels: Readonly<Record<Severity, Signal<Record<string, unknown>>>> = Object.freeze(
  Object.fromEntries(severities.map((s) => [s, level(s)])) as Record<
    Severity,
    Signal<Record<string, unknown>>
  >,
);
