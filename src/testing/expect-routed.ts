import type { Destination } from '../delivery/destination.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import { matchSignal } from '../routing/match.js';
import type { CheckedRoute, Route } from '../routing/route.js';
import { isSignal } from '../routing/route.js';
import { Router } from '../routing/router.js';
import { didYouMean } from '../signal/did-you-mean.js';
import type { Level, LevelRules } from '../signal/level-rules.js';
import { levelRules } from '../signal/level-rules.js';
import type { OptionNames } from '../signal/option-checks.js';
import { optionsOf } from '../signal/option-checks.js';
import { severities, severityNumbers } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { OTEL } from '../telemetry/otel.js';

/**
 * The options of a box that {@link expectRouted} needs. It accepts all options of `createSignalbox`.
 *
 * @example
 * ```ts
 * import { defineSignal } from 'signalbox';
 * import { expectRouted, type RoutedOptions } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID');
 * const options: RoutedOptions = { signals: [PAID], routes: [{ signals: 'PAID', to: 'otel' }] };
 * expectRouted(options);
 * ```
 */
export interface RoutedOptions {
  readonly destinations?: Readonly<Record<string, Destination | SinkFunction>> | undefined;
  /** Default: the routes that a box has without this option. */
  readonly routes?: readonly Route[] | undefined;
  /** The declared signals. */
  readonly signals?: readonly AnySignal[] | undefined;
  /** The minimum severity of a signal that leaves. Metrics arrive whatever the level. Default: everything leaves. */
  readonly level?: Level | LevelRules | undefined;
}

/**
 * The expected result of routes.
 *
 * @example
 * ```ts
 * import { defineSignal } from 'signalbox';
 * import { type ExpectedRouting, expectRouted } from 'signalbox/testing';
 *
 * const LOST = defineSignal('LOST', { severity: 'error' });
 * const expected: ExpectedRouting = { signals: [LOST], to: 'alerts' };
 * expectRouted({ destinations: { alerts: () => {} }, routes: [{ minSeverity: 'error', to: 'alerts' }] }, expected);
 * ```
 */
export interface ExpectedRouting {
  /** Signals that must arrive. Default: the declared signals. */
  readonly signals?: readonly AnySignal[] | undefined;
  /** The destinations at which each of them must arrive. Default: any one. */
  readonly to?: string | readonly string[] | undefined;
}

const EXPECTED: OptionNames<ExpectedRouting> = { signals: true, to: true };

const OTEL_CHANNELS: ReadonlySet<string> = new Set(['logs', 'spanEvents', 'metrics']);

/**
 * Throws if a signal, emitted at its own severity, reaches no destination by the routes and levels of a box. A route by `when(signal,
 * test)` counts as one that takes the signal. The function makes no box, opens no destination, and does not read `SIGNALBOX_LEVEL`.
 *
 * @param options The options of `createSignalbox`: destinations, routes, signals and `level`.
 * @param expected Which signals must arrive, and where.
 * @throws {Error} If some do not arrive. The message names each, and the reason.
 * @throws {SignalboxError} If a route or a level is not valid, or no signals are given.
 *
 * @example
 * ```ts
 * import { defineSignal } from 'signalbox';
 * import { expectRouted } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID');
 * const LOST = defineSignal('LOST', { severity: 'error' });
 * const options = {
 *   signals: [PAID, LOST],
 *   destinations: { alerts: () => {} },
 *   routes: [{ signals: '*', to: 'otel' }, { minSeverity: 'error', to: 'alerts' }],
 * } as const;
 * expectRouted(options);
 * expectRouted(options, { signals: [LOST], to: 'alerts' });
 * ```
 */
export function expectRouted(options: RoutedOptions, expected?: ExpectedRouting): void {
  const { signals = options?.signals, to } = optionsOf('expectRouted', expected, EXPECTED);
  const checked = checkedSignals(signals);
  const router = routerOf(options);
  const wanted = checkedDestinations(to, router.names);
  const misses = checked.flatMap((signal) => {
    const reached = router.reach(signal, signal.severity);
    const missing = wanted.filter((name) => !reached.has(name));
    if (wanted.length > 0 ? missing.length === 0 : reached.size > 0) return [];
    return [`  ${signal.name} (${signal.severity}): ${whyNot(router, signal, missing)}`];
  });
  if (misses.length === 0) return;
  const where = wanted.length > 0 ? `not ${wanted.map(shown).join(' and ')}` : 'no destination';
  throw new Error(`${misses.length} of ${checked.length} signals reach ${where}:\n${misses.join('\n')}`);
}

interface Routing {
  readonly names: readonly string[];
  readonly routes: readonly CheckedRoute[];
  /** The level that silences a signal at its own severity. */
  silencing(signal: AnySignal): Level | undefined;
  /** The destinations that a signal reaches at a severity. */
  reach(signal: AnySignal, severity: AnySignal['severity']): ReadonlySet<string>;
}

function routerOf(options: RoutedOptions): Routing {
  const destinations = Object.entries(options?.destinations ?? {});
  const channels = new Map<string, ReadonlySet<string>>([[OTEL, OTEL_CHANNELS]]);
  for (const [name, destination] of destinations)
    channels.set(name, new Set(typeof destination === 'function' ? ['sink'] : destination.channels));
  const router = new Router(channels);
  // As in a box: with exporters among the destinations, `otel` is none of the defaults.
  const exports = destinations.some(([, given]) => typeof given !== 'function' && given.kind === 'exporters');
  const standing: Route = {
    signals: '*',
    to: [...destinations.map(([name]) => name), ...(exports ? [] : [OTEL])],
  };
  router.set((options?.routes ?? [standing]).map((route) => router.check(route)));
  router.levels.setAll(levelRules('expectRouted', options?.level));
  return {
    names: [...channels.keys()],
    routes: router.routes,
    silencing: ({ name, severity }) =>
      router.levels.silence(name, severityNumbers[severity]) ? router.levels.of(name) : undefined,
    reach: (signal, severity) => {
      const { logs, sinks, spanEvents } = router.plan(signal, severity).resolve(() => true);
      const taken = [...logs, ...sinks, ...spanEvents].map(({ destination }) => destination);
      return new Set([...taken, ...(signal.metrics.length > 0 ? router.metricDestinations(signal) : [])]);
    },
  };
}

function checkedSignals(signals: readonly AnySignal[] | undefined): readonly AnySignal[] {
  if (!Array.isArray(signals) || signals.length === 0)
    throw new SignalboxError(
      `expectRouted: \`signals\` is ${shown(signals)}. Give the signals that have to arrive, as in { signals: [PAID] }.`,
    );
  for (const signal of signals as readonly unknown[])
    if (!isSignal(signal))
      throw new SignalboxError(
        `expectRouted: \`signals\` holds ${shown(signal)}. Give signals made by defineSignal.`,
      );
  return signals;
}

function checkedDestinations(
  to: string | readonly string[] | undefined,
  known: readonly string[],
): readonly string[] {
  const wanted = to === undefined ? [] : [to].flat();
  for (const name of wanted)
    if (!known.includes(name))
      throw new SignalboxError(
        `expectRouted: there is no destination ${shown(name)}.${didYouMean(String(name), known)} Destinations: ${known.join(', ')}.`,
      );
  return wanted;
}

function whyNot(router: Routing, signal: AnySignal, missing: readonly string[]): string {
  const level = router.silencing(signal);
  if (level !== undefined) return `its level, ${shown(level)}, silences it`;
  const isIt = (name: string): boolean => missing.length === 0 || missing.includes(name);
  const severity = severities.find((one) => [...router.reach(signal, one)].some(isIt));
  if (severity !== undefined) return `it is taken from severity ${severity} on`;
  const led = router.routes.filter(({ to }) => to.some(isIt));
  const namesIt = (route: CheckedRoute): boolean => matchSignal(route, signal) !== false;
  const excepting = led.find(
    (route) => !namesIt(route) && namesIt({ ...route, exceptSignals: [], exceptPatterns: [] }),
  );
  if (excepting) return `it is excepted from the route to ${excepting.to.map(shown).join(', ')}`;
  const narrow = led.find((route) => route.channels && namesIt(route));
  if (narrow)
    return `the route to ${narrow.to.map(shown).join(', ')} is narrowed to ${[...(narrow.channels ?? [])].join(', ')}, and it has none`;
  return missing.length > 0 ? `no route takes it to ${missing.map(shown).join(', ')}` : 'no route takes it';
}
