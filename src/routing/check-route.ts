import { boundSecrets } from '../signal/bound-fields.js';
import { isFieldName } from '../signal/check-fields.js';
import { didYouMean } from '../signal/did-you-mean.js';
import type { OptionNames } from '../signal/option-checks.js';
import { unknownOption } from '../signal/option-checks.js';
import { isSeverity, severities } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Channels } from './plan.js';
import type { CheckedRoute, Route, RouteChannel, When } from './route.js';
import { isSignal, isWhen } from './route.js';
import type { RouteData } from './route-data.js';

/** The origin of a route of plain data, for error messages. Such a route holds no signals and functions, only names. */
export interface RouteOrigin {
  /** As in `setRoutes, at routes[2]`. */
  readonly at: string;
  /** The signal with a name, if the box knows it. */
  readonly find: (name: string) => AnySignal | undefined;
}

const PARTS: OptionNames<Route> = {
  signals: true,
  minSeverity: true,
  except: true,
  channels: true,
  to: true,
  reveal: true,
};

const CHANNELS: readonly unknown[] = ['logs', 'spanEvents', 'metrics'] satisfies RouteChannel[];

type Part = keyof Route;

// A copy, so that a later change of the app's list does not change the route.
function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? [...value] : [value as T];
}

/** Checks a route against the destinations and their channels. Throws a {@link SignalboxError}. */
export function checkRoute(
  route: Route | RouteData,
  destinations: Channels,
  data?: RouteOrigin,
): CheckedRoute {
  return new RouteCheck(route as Route, destinations, data).checked();
}

class RouteCheck {
  readonly #route: Route;
  readonly #known: Channels;
  readonly #data: RouteOrigin | undefined;
  #where = '';

  constructor(route: Route, known: Channels, data: RouteOrigin | undefined) {
    this.#route = route;
    this.#known = known;
    this.#data = data;
  }

  checked(): CheckedRoute {
    const route = this.#route;
    if (typeof route !== 'object' || route === null)
      this.#refuse(`A route is ${shown(route)}. Give an object, as in { signals: 'JOB_*', to: 'otel' }.`);
    const problem = unknownOption(route, PARTS);
    if (problem !== undefined) this.#refuse(`A route: ${problem}`);
    const to = this.#destinations();
    this.#where = `The route to ${to.map((n) => `'${n}'`).join(', ')}`;
    const { minSeverity } = route;
    if (route.signals === undefined && minSeverity === undefined)
      this.#refuse(`${this.#where} names no signals. Give \`signals\` ('*' for all) or \`minSeverity\`.`);
    if (route.signals !== undefined && listOf(route.signals).length === 0)
      this.#refuse(
        `${this.#where} has an empty list of signals. Give signals, or leave the route out.`,
        'signals',
      );
    if (minSeverity !== undefined && !isSeverity(minSeverity))
      this.#refuse(
        `${this.#where} has the minSeverity ${shown(minSeverity)}. Use one of ${severities.join(', ')}.`,
        'minSeverity',
      );
    const channels = this.#channels(to);
    const { signals, patterns, conditions } = this.#selectors('signals');
    const except = this.#selectors('except');
    if (except.conditions.length > 0)
      this.#refuse(
        `${this.#where} has a condition in \`except\`. Take out whole signals, and put conditions in \`signals\`.`,
      );
    return {
      signals,
      patterns,
      conditions,
      exceptSignals: except.signals,
      exceptPatterns: except.patterns,
      minSeverity,
      channels,
      to,
      reveal: this.#revealed(signals, patterns, conditions),
    };
  }

  /** Throws. For plain data the message starts with the path to the wrong part. */
  #refuse(sentence: string, part?: Part, index?: number): never {
    if (!this.#data) throw new SignalboxError(sentence);
    const isEntry = part !== undefined && index !== undefined && Array.isArray(this.#route[part]);
    const path = `${part === undefined ? '' : `.${part}`}${isEntry ? `[${index}]` : ''}`;
    throw new SignalboxError(`${this.#data.at}${path}: ${sentence}`);
  }

  #destinations(): readonly string[] {
    const known = this.#known;
    const to = listOf(this.#route.to);
    if (to.length === 0)
      this.#refuse('A route goes nowhere. Give `to`: one or more names of destinations.', 'to');
    to.forEach((name: unknown, i) => {
      if (known.has(name as string)) return;
      const hint = typeof name === 'string' ? didYouMean(name, known.keys()) : '';
      this.#refuse(
        `A route goes to ${shown(name)}, which is no destination.${hint} There are: ${[...known.keys()].join(', ')}.`,
        'to',
        i,
      );
    });
    return to;
  }

  #selectors(part: 'signals' | 'except'): { signals: AnySignal[]; patterns: string[]; conditions: When[] } {
    const sorted = { signals: [] as AnySignal[], patterns: [] as string[], conditions: [] as When[] };
    const isData = this.#data !== undefined;
    const given = part === 'signals' ? (this.#route.signals ?? '*') : this.#route.except;
    listOf<unknown>(given).forEach((selector, i) => {
      if (typeof selector === 'string' && selector !== '') sorted.patterns.push(selector);
      else if (!isData && isWhen(selector)) sorted.conditions.push(selector);
      else if (!isData && isSignal(selector)) sorted.signals.push(selector);
      else {
        const what = isData
          ? "the name of a signal or a name pattern such as 'JOB_*': a condition is a function, and is added by box.route()"
          : "a signal made by defineSignal, a name pattern such as 'JOB_*', or when(signal, test)";
        this.#refuse(
          `${this.#where}${part === 'except' ? ', in `except`,' : ''} names ${shown(selector)}. Give ${what}.`,
          part,
          i,
        );
      }
    });
    return sorted;
  }

  #channels(to: readonly string[]): ReadonlySet<RouteChannel> | undefined {
    const { channels } = this.#route;
    if (channels === undefined) return undefined;
    const given = listOf<unknown>(channels);
    given.forEach((channel, i) => {
      if (!CHANNELS.includes(channel))
        this.#refuse(
          `${this.#where} is narrowed to the channel ${shown(channel)}. Channels are ${CHANNELS.join(', ')}.`,
          'channels',
          i,
        );
    });
    if (given.length === 0)
      this.#refuse(
        `${this.#where} is narrowed to no channel at all. Leave \`channels\` out for all.`,
        'channels',
      );
    for (const name of to) {
      if (this.#known.get(name)?.has('sink'))
        this.#refuse(
          `${this.#where} has \`channels\`, but '${name}' is a sink: it takes whole emissions. Route it in a route of its own.`,
          'channels',
        );
    }
    return new Set(given as RouteChannel[]);
  }

  #revealed(
    signals: readonly AnySignal[],
    patterns: readonly string[],
    conditions: readonly When[],
  ): readonly string[] {
    const reveal = listOf<string>(this.#route.reveal);
    const byName = patterns.map((pattern) => this.#data?.find(pattern));
    const named = [...signals, ...byName, ...conditions.map((c) => c.signal)];
    const known = named.flatMap((s) =>
      Object.entries(s?.fields ?? {})
        .filter(([, f]) => f.sensitive)
        .map(([n]) => n),
    );
    reveal.forEach((name, i) => {
      if (!isFieldName(name))
        this.#refuse(
          `${this.#where} reveals ${shown(name)}. Give names of sensitive fields, as in ['user'].`,
          'reveal',
          i,
        );
      // A signal that matches a pattern may be defined later. Bound fields come with any signal.
      if (byName.includes(undefined) || known.includes(name) || boundSecrets().has(name)) return;
      this.#refuse(
        `${this.#where} reveals ${shown(name)}, which is no sensitive field of its signals.${didYouMean(name, known)} Sensitive there: ${known.join(', ') || 'none'}. Declare a bound field, by bound(), before its route.`,
        'reveal',
        i,
      );
    });
    return reveal;
  }
}
