import type { Severity } from './severity.js';
import { severities } from './severity.js';
import type { Signal } from './signal.js';

/** Values of a plain level record: taken as they come. */
export type LevelFields = Readonly<Record<string, unknown>>;

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
