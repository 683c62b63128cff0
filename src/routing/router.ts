import { didYouMean } from '../signal/did-you-mean.js';
import { levels } from '../signal/level.js';
import type { Severity } from '../signal/severity.js';
import { severityNumbers } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';
import { nameRegistry } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Change } from './change.js';
import { standing, undo } from './change.js';
import type { RouteOrigin } from './check-route.js';
import { checkRoute } from './check-route.js';
import { Levels } from './levels.js';
import type { Named } from './match.js';
import { matchesPattern } from './match.js';
import { mayTakeMetrics, metricDestinations } from './metric-routes.js';
import type { Channels, Plan } from './plan.js';
import { makePlan, SILENCED } from './plan.js';
import type { CheckedRoute, Route } from './route.js';
import type { RouteData } from './route-data.js';

const NONE: Change<readonly CheckedRoute[]> = { value: [] };

/** The routes and levels of a box, and the plans compiled from them. */
export class Router {
  readonly levels: Levels = new Levels(() => {
    this.#version++;
  });
  readonly #channels: Channels;
  /** The routes of the construction, or those that `set` put in their place. */
  #base: Change<readonly CheckedRoute[]> = NONE;
  readonly #added = new Set<CheckedRoute>();
  #version = 0;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  /** Grows with every change of the routes and levels. */
  get version(): number {
    return this.#version;
  }

  get routes(): readonly CheckedRoute[] {
    return [...this.#base.value, ...this.#added];
  }

  /** Checks a route. `data` is given for a route of plain data. Throws a {@link SignalboxError} on misuse. */
  check(route: Route | RouteData, data?: RouteOrigin): CheckedRoute {
    return checkRoute(route, this.#channels, data);
  }

  /** Adds a checked route and returns its undo. */
  add(route: CheckedRoute): () => void {
    this.#added.add(route);
    this.#version++;
    return () => {
      if (this.#added.delete(route)) this.#version++;
    };
  }

  /** Replaces the routes of the construction by checked routes. Returns the undo. The last set routes that are not undone apply. */
  set(routes: readonly CheckedRoute[]): () => void {
    const before = this.#base;
    const change: Change<readonly CheckedRoute[]> = { value: routes };
    this.#base = change;
    this.#version++;
    return () => {
      undo(change, before);
      if (this.#base !== change) return;
      this.#base = standing(change) ?? NONE;
      this.#version++;
    };
  }

  /** The plan of a signal at a severity, with the present routes and levels. */
  plan(signal: AnySignal, severity: Severity): Plan {
    const number = severityNumbers[severity];
    if (this.levels.silence(signal.name, number)) return SILENCED;
    return makePlan(this.routes, signal, number, this.#channels);
  }

  /** {@link metricDestinations} with the present routes. */
  metricDestinations(signal: Named): ReadonlySet<string> {
    return metricDestinations(this.routes, signal, this.#channels);
  }

  /** {@link mayTakeMetrics} with the present routes. */
  mayTakeMetrics(destination: string): boolean {
    return mayTakeMetrics(this.routes, destination);
  }

  /** One sentence for each pattern of a route that matches no signal defined in this process. */
  idlePatterns(routes: readonly CheckedRoute[] = this.routes): readonly string[] {
    return routes.flatMap((route) => complaints(route, [...nameRegistry()], DEFINED));
  }

  /** One sentence for each pattern of a level that matches no signal defined in this process. */
  idleLevels(patterns: readonly string[] = this.levels.all.map(([pattern]) => pattern)): readonly string[] {
    return idle(patterns, 'a level', [...nameRegistry()], DEFINED);
  }

  /** Throws if a pattern of a route matches none of the signals that were declared to the box with its option `signals`. */
  checkPatterns(routes: readonly CheckedRoute[], declared: readonly AnySignal[]): void {
    const names = declared.filter((s) => !s.open).map((s) => s.name);
    const [first] = routes.flatMap((route) => complaints(route, names, "given in the box's `signals`"));
    if (first !== undefined) throw new SignalboxError(first);
  }
}

const DEFINED = 'defined so far in this process';

function complaints(route: CheckedRoute, names: readonly string[], where: string): readonly string[] {
  const to = route.to.map((n) => `'${n}'`).join(', ');
  return idle([...route.patterns, ...route.exceptPatterns], `the route to ${to}`, names, where);
}

function idle(
  patterns: readonly string[],
  owner: string,
  names: readonly string[],
  where: string,
): readonly string[] {
  const takeable = [...names, ...Object.values(levels).map((l) => l.name)];
  const stems = new Set(takeable.map((name) => `${name.split('_')[0]}_*`));
  return patterns
    .filter((pattern) => !takeable.some((name) => matchesPattern(pattern, name)))
    .map((pattern) => {
      const hint = didYouMean(pattern, pattern.includes('*') ? stems : takeable);
      return `The pattern ${shown(pattern)} of ${owner} matches none of the ${names.length} signals ${where}.${hint}`;
    });
}
