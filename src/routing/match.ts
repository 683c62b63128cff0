import { severityNumbers } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';
import type { CheckedRoute, When } from './route.js';

/** Whether a name pattern matches a signal's name; `*` stands for any run of characters. */
export function matchesPattern(pattern: string, name: string): boolean {
  const runs = pattern.split('*');
  const first = runs.shift() ?? '';
  const last = runs.pop();
  if (last === undefined) return name === pattern;
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const run of runs) {
    const found = name.indexOf(run, at);
    at = found + run.length;
    if (found === -1 || at > end) return false;
  }
  return true;
}

/** Two copies of a package define the same signal as two objects: routes therefore compare names. */
export type Named = Pick<AnySignal, 'name'>;

function named(list: readonly Named[], signal: Named): boolean {
  return list.some((s) => s.name === signal.name);
}

/** Whether a route matches a signal at a severity: always, never, or under conditions. */
export type Match = true | false | readonly When[];

export function matchRoute(route: CheckedRoute, signal: AnySignal, severityNumber: number): Match {
  if (route.minSeverity !== undefined && severityNumber < severityNumbers[route.minSeverity]) return false;
  return matchSignal(route, signal);
}

/** The match without the severity. It alone decides where metrics go. */
export function matchSignal(route: CheckedRoute, signal: Named): Match {
  if (named(route.exceptSignals, signal) || route.exceptPatterns.some((p) => matchesPattern(p, signal.name)))
    return false;
  if (named(route.signals, signal) || route.patterns.some((p) => matchesPattern(p, signal.name))) return true;
  const conditions = route.conditions.filter((c) => c.signal.name === signal.name);
  return conditions.length > 0 ? conditions : false;
}
