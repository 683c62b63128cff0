import { nameRegistry } from '../signal/signal.js';
import type { Named } from './match.js';
import { matchSignal } from './match.js';
import type { Channels } from './plan.js';
import type { CheckedRoute } from './route.js';

/** The destinations of a signal's metrics. Severities and values of emissions do not change them. */
export function metricDestinations(
  routes: readonly CheckedRoute[],
  signal: Named,
  channels: Channels,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const route of routes) {
    if (matchSignal(route, signal) === false || (route.channels && !route.channels.has('metrics'))) continue;
    for (const destination of route.to) if (channels.get(destination)?.has('metrics')) found.add(destination);
  }
  return found;
}

/** Whether a route, by a name or pattern, may bring the destination the metrics of a signal that is not defined yet. */
export function mayTakeMetrics(routes: readonly CheckedRoute[], destination: string): boolean {
  const defined = nameRegistry();
  return routes.some(
    ({ patterns, channels, to }) =>
      to.includes(destination) &&
      (channels?.has('metrics') ?? true) &&
      patterns.some((pattern) => pattern.includes('*') || !defined.has(pattern)),
  );
}
