import { isFieldName } from '../signal/check-fields.js';
import { didYouMean } from '../signal/did-you-mean.js';
import type { OptionNames } from '../signal/option-checks.js';
import { unknownOption } from '../signal/option-checks.js';
import type { Severity } from '../signal/severity.js';
import { isSeverity, severities } from '../signal/severity.js';
import type { AnySignal, Signal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';

/** What a route can be narrowed to. */
export type RouteChannel = 'logs' | 'spanEvents' | 'metrics';

/** A signal under a condition on its values. Made by {@link when}. */
export interface When {
  readonly signal: AnySignal;
  readonly test: (values: Readonly<Record<string, unknown>>) => boolean;
}

/** What a route can name: a signal, a name pattern (`*`, `JOB_*`), or a signal under a condition. */
export type Selector = AnySignal | string | When;

/**
 * A rule: these signals go to those destinations. Routes add up; a destination gets a signal once for each channel.
 * A route needs `signals` or `minSeverity`; with both, both must hold.
 */
export interface Route<D extends string = string> {
  /** Signals, name patterns (`*` stands for any run of characters), or `when(signal, test)`. Default: all. */
  readonly signals?: Selector | readonly Selector[];
  /** Only emissions at least this severe, as given at emit. */
  readonly minSeverity?: Severity;
  /** Takes these out of this route (and no other). */
  readonly except?: AnySignal | string | readonly (AnySignal | string)[];
  /** Only these of an OpenTelemetry destination's channels. Default: all. */
  readonly channels?: readonly RouteChannel[];
  /** The destinations, by name. */
  readonly to: D | readonly D[];
  /** Sensitive fields that these destinations may see. Default: none. */
  readonly reveal?: readonly string[];
}

/**
 * A signal under a condition. The test gets the values as given, checked; what throws counts as no match. It never changes a metric.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field, when } from 'signalbox';
 * const PAID = defineSignal('PAID', { fields: { amount: field.number() } });
 * createSignalbox({
 *   destinations: { alerts: (emission) => console.error(emission.message) },
 *   routes: [{ signals: when(PAID, (p) => p.amount > 10_000), to: 'alerts' }],
 * });
 * ```
 */
export function when<V extends object>(signal: Signal<V>, test: (values: Readonly<V>) => boolean): When {
  if (!isSignal(signal))
    throw new SignalboxError(`when: the signal is ${shown(signal)}. Give one made by defineSignal.`);
  if (typeof test !== 'function')
    throw new SignalboxError(`when: the test is ${shown(test)}. Give a function of the signal's values.`);
  return Object.freeze({ signal, test: test as When['test'] });
}

/** A route whose parts are checked and spread out. */
export interface CheckedRoute {
  readonly signals: readonly AnySignal[];
  readonly patterns: readonly string[];
  readonly conditions: readonly When[];
  readonly exceptSignals: readonly AnySignal[];
  readonly exceptPatterns: readonly string[];
  readonly minSeverity: Severity | undefined;
  readonly channels: ReadonlySet<RouteChannel> | undefined;
  readonly to: readonly string[];
  readonly reveal: readonly string[];
}

const PARTS: OptionNames<Route> = {
  signals: true,
  minSeverity: true,
  except: true,
  channels: true,
  to: true,
  reveal: true,
};

const CHANNELS: readonly RouteChannel[] = ['logs', 'spanEvents', 'metrics'];

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value as T];
}

export function isWhen(value: unknown): value is When {
  return (
    typeof value === 'object' &&
    value !== null &&
    'test' in value &&
    typeof value.test === 'function' &&
    'signal' in value &&
    isSignal(value.signal)
  );
}

export function isSignal(value: unknown): value is AnySignal {
  return (
    typeof value === 'object' && value !== null && 'name' in value && 'fields' in value && 'metrics' in value
  );
}

/** Checks a route against the destinations that there are. Throws a {@link SignalboxError}. */
export function checkRoute(
  route: Route,
  destinations: ReadonlyMap<string, ReadonlySet<string>>,
): CheckedRoute {
  if (typeof route !== 'object' || route === null)
    throw new SignalboxError(
      `A route is ${shown(route)}. Give an object, as in { signals: 'JOB_*', to: 'otel' }.`,
    );
  const problem = unknownOption(route, PARTS);
  if (problem !== undefined) throw new SignalboxError(`A route: ${problem}`);
  const to = listOf(route.to);
  if (to.length === 0)
    throw new SignalboxError('A route goes nowhere. Give `to`: one or more names of destinations.');
  for (const name of to) {
    if (!destinations.has(name)) {
      throw new SignalboxError(
        `A route goes to ${shown(name)}, which is no destination.${typeof name === 'string' ? didYouMean(name, destinations.keys()) : ''} There are: ${[...destinations.keys()].join(', ')}.`,
      );
    }
  }
  const where = `The route to ${to.map((n) => `'${n}'`).join(', ')}`;
  if (route.signals === undefined && route.minSeverity === undefined) {
    throw new SignalboxError(`${where} names no signals. Give \`signals\` ('*' for all) or \`minSeverity\`.`);
  }
  if (route.signals !== undefined && listOf(route.signals).length === 0)
    throw new SignalboxError(`${where} has an empty list of signals. Give signals, or leave the route out.`);
  if (route.minSeverity !== undefined && !isSeverity(route.minSeverity)) {
    throw new SignalboxError(
      `${where} has the minSeverity ${shown(route.minSeverity)}. Use one of ${severities.join(', ')}.`,
    );
  }
  const channels = checkChannels(route, where, to, destinations);
  const { signals, patterns, conditions } = sort(listOf(route.signals ?? '*'), where);
  const except = sort(listOf<Selector>(route.except), `${where}, in \`except\`,`);
  if (except.conditions.length > 0)
    throw new SignalboxError(
      `${where} has a condition in \`except\`. Take out whole signals, and put conditions in \`signals\`.`,
    );
  const reveal = checkReveal(route, where, signals, patterns, conditions);
  return {
    signals,
    patterns,
    conditions,
    exceptSignals: except.signals,
    exceptPatterns: except.patterns,
    minSeverity: route.minSeverity,
    channels,
    to,
    reveal,
  };
}

function sort(
  selectors: readonly Selector[],
  where: string,
): { signals: AnySignal[]; patterns: string[]; conditions: When[] } {
  const sorted: { signals: AnySignal[]; patterns: string[]; conditions: When[] } = {
    signals: [],
    patterns: [],
    conditions: [],
  };
  for (const selector of selectors) {
    if (typeof selector === 'string' && selector !== '') sorted.patterns.push(selector);
    else if (isWhen(selector)) sorted.conditions.push(selector);
    else if (isSignal(selector)) sorted.signals.push(selector);
    else
      throw new SignalboxError(
        `${where} names ${shown(selector)}. Give a signal made by defineSignal, a name pattern such as 'JOB_*', or when(signal, test).`,
      );
  }
  return sorted;
}

function checkChannels(
  route: Route,
  where: string,
  to: readonly string[],
  destinations: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<RouteChannel> | undefined {
  if (route.channels === undefined) return undefined;
  const given: readonly unknown[] = Array.isArray(route.channels) ? route.channels : [route.channels];
  for (const channel of given) {
    if (!(CHANNELS as readonly unknown[]).includes(channel)) {
      throw new SignalboxError(
        `${where} is narrowed to the channel ${shown(channel)}. Channels are ${CHANNELS.join(', ')}.`,
      );
    }
  }
  if (given.length === 0)
    throw new SignalboxError(`${where} is narrowed to no channel at all. Leave \`channels\` out for all.`);
  for (const name of to) {
    if (destinations.get(name)?.has('sink')) {
      throw new SignalboxError(
        `${where} has \`channels\`, but '${name}' is a sink: it takes whole emissions. Route it in a route of its own.`,
      );
    }
  }
  return new Set(given as RouteChannel[]);
}

function checkReveal(
  route: Route,
  where: string,
  signals: readonly AnySignal[],
  patterns: readonly string[],
  conditions: readonly When[],
): readonly string[] {
  const reveal = listOf<string>(route.reveal);
  const named = [...signals, ...conditions.map((c) => c.signal)];
  for (const name of reveal) {
    if (!isFieldName(name))
      throw new SignalboxError(
        `${where} reveals ${shown(name)}. Give names of sensitive fields, as in ['user'].`,
      );
    // What a pattern takes may be defined later.
    if (patterns.length > 0) continue;
    if (!named.some((s) => s.fields[name]?.sensitive)) {
      const known = named.flatMap((s) =>
        Object.entries(s.fields)
          .filter(([, f]) => f.sensitive)
          .map(([n]) => n),
      );
      throw new SignalboxError(
        `${where} reveals ${shown(name)}, which is no sensitive field of its signals.${didYouMean(name, known)} Sensitive there: ${known.join(', ') || 'none'}.`,
      );
    }
  }
  return reveal;
}
