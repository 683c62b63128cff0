import type { Emission, Signal, Signalbox } from 'signalbox';

/** The app that plays the scenario. */
export interface App {
  readonly box: Signalbox;
  readonly emissions: readonly Emission[];
  readonly APP_BOOTED: Signal<object>;
}

/** @param library The exports of `signalbox`, `signalbox/jobs` and `signalbox/sinks` together. */
export function createApp(library: object, spanEvents: 'direct' | 'bridge'): App;

/** Resolves to what the mail job returned. */
export function placeOrder(
  app: App,
  tracer: object,
  api: object,
  duringAttempt: () => Promise<void>,
): Promise<string>;
