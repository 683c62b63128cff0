import type { Destination } from '../delivery/destination.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import { sinkDestination } from '../delivery/sink-port.js';
import { isSignal } from '../routing/route.js';
import { didYouMean } from '../signal/did-you-mean.js';
import { environment } from '../signal/environment.js';
import { checkOneOf } from '../signal/option-checks.js';
import type { AnySignal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { OTEL } from '../telemetry/otel.js';
import type { Propagation } from '../telemetry/propagation.js';

const DESTINATION_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Checks the destinations; functions become sinks. Throws a {@link SignalboxError}. */
export function checkDestinations(given: unknown): ReadonlyMap<string, Destination> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new SignalboxError(
      `createSignalbox: \`destinations\` is ${shown(given)}. Give an object of destinations by name, as in { alerts: sink(…) }.`,
    );
  const checked = new Map<string, Destination>();
  for (const [name, destination] of Object.entries(
    given as Readonly<Record<string, Destination | SinkFunction>>,
  )) {
    if (name === OTEL)
      throw new SignalboxError(
        "createSignalbox: the destination name 'otel' is reserved for the app's own OpenTelemetry. Choose another name.",
      );
    if (!DESTINATION_NAME.test(name)) {
      throw new SignalboxError(
        `createSignalbox: ${shown(name)} is not a destination's name. Start with a letter; use letters, digits, '_' and '-', at most 64.`,
      );
    }
    if (typeof destination === 'function') checked.set(name, sinkDestination(destination));
    else if (
      typeof destination === 'object' &&
      destination !== null &&
      typeof destination.connect === 'function' &&
      Array.isArray(destination.channels)
    )
      checked.set(name, destination);
    else {
      throw new SignalboxError(
        `createSignalbox: the destination '${name}' is ${partOfSdk(destination) ?? `${shown(destination)}. Give a function, or what sink(), consoleSink() and the like return.`}`,
      );
    }
  }
  return checked;
}

/** Names a part of an SDK that was given as a destination, and says where it belongs. Undefined for anything else. */
function partOfSdk(given: unknown): string | undefined {
  const has = (method: string): boolean =>
    typeof (given as Readonly<Record<string, unknown>> | null | undefined)?.[method] === 'function';
  if (has('setMetricProducer'))
    return "a metric reader, which collects from an SDK. Give it to the app's SDK (`metricReaders`), and route signals to 'otel' for it.";
  if (has('onEnd') || has('onEmit'))
    return "a processor, which belongs to the app's SDK. Give it to that, or its exporter to exporters() of signalbox/sdk.";
  if (has('export')) return 'an exporter. Give it to exporters() of signalbox/sdk, by what it exports.';
  return undefined;
}

/** Checks that an option is a list or undefined. Throws a {@link SignalboxError}. */
export function checkList<T>(option: 'routes' | 'signals', given: readonly T[] | undefined): readonly T[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return given;
  throw new SignalboxError(
    `createSignalbox: \`${option}\` is ${shown(given)}. Give a list, or leave it out.`,
  );
}

/** Checks the option `signals`. Throws a {@link SignalboxError}. */
export function checkSignals(given: readonly AnySignal[] | undefined): readonly AnySignal[] {
  const signals = checkList('signals', given);
  for (const signal of signals) {
    if (!isSignal(signal))
      throw new SignalboxError(
        `createSignalbox: \`signals\` holds ${shown(signal)}. Give signals made by defineSignal.`,
      );
  }
  return signals;
}

/** Checks a redaction hook. Throws a {@link SignalboxError}. */
export function checkHook(option: 'redact' | 'redactText', given: unknown): void {
  if (given === undefined || typeof given === 'function') return;
  const what = option === 'redact' ? 'a name and a value, as redactPaths([…])' : 'the text that returns text';
  throw new SignalboxError(
    `createSignalbox: ${option} is ${shown(given)}. Give a function of ${what}, or leave it out.`,
  );
}

/** Checks the option `propagation`. Its default comes from the environment. */
export function checkPropagation(given: unknown): Propagation {
  if (given !== undefined) {
    checkOneOf('createSignalbox', 'propagation', given, ['w3c', 'app']);
    return given;
  }
  // SDKs read the variable as a list, in which `none` overrides the other names.
  const names = environment()
    .OTEL_PROPAGATORS?.split(',')
    .map((name) => name.trim().toLowerCase());
  return names?.includes('none') ? 'app' : 'w3c';
}

/** Checks the name of the destination of other telemetry. Throws a {@link SignalboxError}. */
export function checkOtherTelemetry(
  name: string,
  channels: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  // The recorder of `signalbox/testing` is a sink that also takes metrics.
  const able = [...channels].filter(([, has]) => !has.has('sink') || has.has('metrics')).map(([n]) => n);
  if (able.includes(name)) return name;
  throw new SignalboxError(
    `createSignalbox: \`otherTelemetry\` is ${shown(name)}, which is ${channels.has(name) ? 'a sink: it takes signals only' : 'no destination'}. Use one of ${able.join(', ')}.${didYouMean(String(name), able)}`,
  );
}
