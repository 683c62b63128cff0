import type { Destination } from './destination.js';

/**
 * A destination that takes everything and keeps nothing, each emission counted as dropped for the reason
 * `nowhere`. For wiring that depends on the environment: the name stays, so the routes stay.
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
