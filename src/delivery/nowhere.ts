import type { Destination } from './destination.js';

/**
 * A destination that drops every emission and counts it with the reason `nowhere`. For configurations that depend on the environment: the
 * destination keeps its name, so the routes need no change.
 *
 * @example
 * ```ts
 * import { createSignalbox, nowhere } from 'signalbox';
 *
 * const live = process.env.NODE_ENV === 'production';
 * createSignalbox({
 *   destinations: { alerts: live ? (emission) => console.error(emission.message) : nowhere },
 *   routes: [{ minSeverity: 'error', to: 'alerts' }],
 * });
 * ```
 */
export const nowhere: Destination = Object.freeze<Destination>({
  kind: 'sink',
  channels: Object.freeze(['sink'] as const),
  connect(connection) {
    const account = connection.account('sink');
    return {
      kind: 'sink',
      accept: () => {
        account.dropped('nowhere');
        account.arrived++;
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    };
  },
});
