import type { RevealKey } from '../emission/redact.js';
import { revealKey } from '../emission/redact.js';
import type { AnySignal } from '../signal/signal.js';
import type { Match } from './match.js';
import { matchRoute } from './match.js';
import type { CheckedRoute, RouteChannel, When } from './route.js';

/** One destination of an emission, and what it may see. */
export interface Target {
  readonly destination: string;
  readonly reveal: RevealKey;
}

/** Where one emission goes. */
export interface Resolution {
  readonly logs: readonly Target[];
  readonly sinks: readonly Target[];
  /** Destinations that want it on the active span. The span is shared by all who get it, so there is one event, or none. */
  readonly spanEvents: readonly string[];
  /** Destinations that get the span that it happened on. */
  readonly spans: readonly string[];
}

/** Where the emissions of one signal at one severity go: fixed, but for the conditions. */
export interface Plan {
  readonly conditions: readonly When[];
  /** `held` says which conditions hold, in the order of `conditions`. */
  resolve(held: readonly boolean[]): Resolution;
  /** The resolution where there is no condition. */
  readonly fixed: Resolution | undefined;
}

interface Step {
  readonly route: CheckedRoute;
  readonly match: true | readonly When[];
}

/** What a destination can take, by its name. */
export type Channels = ReadonlyMap<string, ReadonlySet<string>>;

export function makePlan(
  routes: Iterable<CheckedRoute>,
  signal: AnySignal,
  severityNumber: number,
  channels: Channels,
): Plan {
  const steps: Step[] = [];
  const conditions: When[] = [];
  for (const route of routes) {
    const match: Match = matchRoute(route, signal, severityNumber);
    if (match === false) continue;
    steps.push({ route, match });
    if (match !== true) conditions.push(...match);
  }
  if (conditions.length === 0) {
    const fixed = resolve(steps, () => true, channels);
    return { conditions, fixed, resolve: () => fixed };
  }
  const known = new Map<string, Resolution>();
  return {
    conditions,
    fixed: undefined,
    resolve(held) {
      const key = held.map((h) => (h ? '1' : '0')).join('');
      let found = known.get(key);
      if (!found) {
        found = resolve(steps, (c) => held[conditions.indexOf(c)] === true, channels);
        if (known.size < 1024) known.set(key, found);
      }
      return found;
    },
  };
}

function resolve(
  steps: readonly Step[],
  holds: (condition: When) => boolean,
  channels: Channels,
): Resolution {
  const logs = new Map<string, Set<string>>();
  const sinks = new Map<string, Set<string>>();
  const spans = new Set<string>();
  const spanEvents = new Set<string>();
  for (const { route, match } of steps) {
    if (match !== true && !match.some(holds)) continue;
    const wants = (channel: RouteChannel): boolean => route.channels?.has(channel) ?? true;
    for (const destination of route.to) {
      const takes = channels.get(destination);
      if (takes?.has('sink')) reveal(sinks, destination, route.reveal);
      if (takes?.has('logs') && wants('logs')) reveal(logs, destination, route.reveal);
      if (takes?.has('spanEvents') && wants('spanEvents')) {
        spanEvents.add(destination);
        if (takes.has('spans')) spans.add(destination);
      }
    }
  }
  return { logs: targets(logs), sinks: targets(sinks), spanEvents: [...spanEvents], spans: [...spans] };
}

function reveal(into: Map<string, Set<string>>, destination: string, names: readonly string[]): void {
  const seen = into.get(destination) ?? new Set<string>();
  for (const name of names) seen.add(name);
  into.set(destination, seen);
}

function targets(from: ReadonlyMap<string, ReadonlySet<string>>): readonly Target[] {
  return [...from].map(([destination, names]) => ({ destination, reveal: revealKey(names) }));
}
