import type { Severity } from '../signal/severity.js';
import type { AnySignal, Signal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';

/** A channel that a route can be narrowed to. */
export type RouteChannel = 'logs' | 'spanEvents' | 'metrics';

/** A signal under a condition on its values. Made by {@link when}. */
export interface When {
  readonly signal: AnySignal;
  readonly test: (values: Readonly<Record<string, unknown>>) => boolean;
}

/** An entry of a route's `signals`: a signal, a name pattern (`*`, `JOB_*`), or a signal under a condition. */
export type Selector = AnySignal | string | When;

/**
 * A rule: these signals go to those destinations. All matching routes apply; a destination gets a signal once per channel.
 * A route needs `signals` or `minSeverity`; with both, both must hold.
 */
export interface Route<D extends string = string> {
  /** Signals, name patterns (`*` stands for any run of characters), or `when(signal, test)`. Default: all. */
  readonly signals?: Selector | readonly Selector[];
  /** Only emissions at least this severe. The severity given at emit counts. */
  readonly minSeverity?: Severity;
  /** Signals and patterns that this route (and no other) leaves out. */
  readonly except?: AnySignal | string | readonly (AnySignal | string)[];
  /** Only these of an OpenTelemetry destination's channels. Default: all. */
  readonly channels?: readonly RouteChannel[];
  /** The destinations, by name. */
  readonly to: D | readonly D[];
  /** Sensitive fields that these destinations may see. Default: none. */
  readonly reveal?: readonly string[];
}

/**
 * A signal under a condition, for a route. The test gets the checked values in the form that the app gave; a test that throws counts as no
 * match. A condition never changes a metric.
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

/** A checked route, with its selectors sorted by kind. */
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
