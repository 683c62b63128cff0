import type { Report } from '../delivery/report.js';
import type { CheckedRoute, Route } from '../routing/route.js';
import { isSignal } from '../routing/route.js';
import type { RouteData } from '../routing/route-data.js';
import type { Router } from '../routing/router.js';
import type { Level } from '../signal/level-rules.js';
import { checkLevel } from '../signal/level-rules.js';
import type { AnySignal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Emitter } from './emitter.js';

/** The parts of a box that changes of routes need. */
interface RoutedBox {
  readonly router: Router;
  readonly emitter: Emitter;
  readonly report: Report;
  /** All signals of the app, if the option `signals` declares them. */
  readonly declared: readonly AnySignal[] | undefined;
}

/** Changes the routes and levels of a box. A refused change has no effect. Emits before a change are settled by the routes of that time. */
export class RouteChanges {
  readonly #box: RoutedBox;

  constructor(box: RoutedBox) {
    this.#box = box;
  }

  /** Sets the routes of the construction. Throws a {@link SignalboxError}. */
  begin(routes: readonly Route[]): void {
    const { router } = this.#box;
    this.#change(
      routes.map((route) => router.check(route)),
      (checked) => router.set(checked),
    );
  }

  /** Adds a route and returns its undo. Throws a {@link SignalboxError}. */
  add(route: Route): () => void {
    const { router } = this.#box;
    const checked = router.check(route);
    return this.#change([checked], () => router.add(checked));
  }

  /** Replaces the routes of the construction by plain data. Returns the undo. Throws a {@link SignalboxError}. */
  set(routes: readonly RouteData[]): () => void {
    const { router, emitter } = this.#box;
    const byName = new Map(emitter.signals.map((signal) => [signal.name, signal]));
    const find = (name: string): AnySignal | undefined => byName.get(name);
    if (!Array.isArray(routes))
      throw new SignalboxError(
        `setRoutes: the routes are ${shown(routes)}. Give a list, as in [{ "signals": "*", "to": "otel" }].`,
      );
    return this.#change(
      Array.from<RouteData>(routes).map((route, i) =>
        router.check(route, { at: `setRoutes, at routes[${i}]`, find }),
      ),
      (checked) => router.set(checked),
    );
  }

  /** Sets the level of a pattern, and returns the undo. Throws a {@link SignalboxError}. */
  setLevel(where: string, signals: unknown, level: Level): () => void {
    const { router, report } = this.#box;
    const pattern: unknown = isSignal(signals) ? signals.name : signals;
    if (typeof pattern !== 'string')
      throw new SignalboxError(
        `${where}: the signals are ${shown(signals)}. Give a signal, or a name pattern, as in 'JOB_*'.`,
      );
    checkLevel(where, 'level', level);
    const undo = router.levels.set(pattern, level);
    for (const sentence of router.idleLevels([pattern])) report(sentence, sentence);
    return undo;
  }

  #change(
    checked: readonly CheckedRoute[],
    apply: (checked: readonly CheckedRoute[]) => () => void,
  ): () => void {
    const { router, emitter, report, declared } = this.#box;
    const signals = checked.flatMap(signalsOf);
    emitter.check(signals);
    if (declared) router.checkPatterns(checked, [...emitter.signals, ...signals]);
    // Only after all checks: a refused route registers no signal.
    for (const signal of signals) emitter.register(signal);
    for (const sentence of router.idlePatterns(checked)) report(`pattern:${sentence}`, sentence);
    emitter.settle();
    const undo = apply(checked);
    return () => {
      emitter.settle();
      undo();
    };
  }
}

function signalsOf({ signals, exceptSignals, conditions }: CheckedRoute): readonly AnySignal[] {
  return [...signals, ...exceptSignals, ...conditions.map((c) => c.signal)];
}
