import { nameRegistry } from '../signal/signal.js';
import type { Named } from './match.js';
import { matchSignal } from './match.js';
import type { Channels } from './plan.js';
import type { CheckedRoute } from './route.js';

/** The destinations that are routed a signal's metrics: whatever its severity and whatever its values. */
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

/** Whether a route may take the metrics of a signal there that is not defined yet: one by a pattern. */
export function mayTakeMetrics(routes: readonly CheckedRoute[], destination: string): boolean {
  const defined = nameRegistry();
  return routes.some(
    ({ patterns, channels, to }) =>
      to.includes(destination) &&
      (channels?.has('metrics') ?? true) &&
      patterns.some((pattern) => pattern.includes('*') || !defined.has(pattern)),
  );
}
