import type { Account } from '../delivery/account.js';
import type { Connection, Destination, Port } from '../delivery/destination.js';
import { isDescribed } from '../emission/describe-error.js';
import type { Emission } from '../emission/emission.js';
import { DEFAULT_STRING_LENGTH } from '../emission/text.js';
import type { Clean } from '../emission/value.js';
import { cleanOpen, cleanValue, noValueCounts } from '../emission/value.js';
import { isSignal } from '../routing/route.js';
import { didYouMean } from '../signal/did-you-mean.js';
import type { NoFields } from '../signal/field.js';
import type { AnySignal, Signal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// A moment is a text there; so is what `unknown` stands for, errors and JSON.
type Seen<T> = T | (Date extends T ? string : never) | '[redacted]' | undefined;

/**
 * Values to look for, by names in code: as they are given to `emit`, or as sinks see them (`[redacted]` for a sensitive one; a text that
 * the box's own `limits` or `redact` or `redactText` changed, as it became). Those not named are not compared. `V` are the values of the signal; of
 * a signal whose values are not known, and of a plain level record, any name will do.
 */
export type Expected<V extends object = object> =
  Same<V, object> extends true
    ? Readonly<Record<string, unknown>>
    : [keyof V] extends [never]
      ? NoFields
      : { readonly [N in keyof V]?: Seen<V[N]> };

/**
 * A destination that keeps what it is given, at once, for tests. Its assertions throw too where they could not fail: for what is no
 * signal, and for a name that is no field of the signal or one that reaches no sink.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal } from 'signalbox';
 * import { recorder } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID');
 * const seen = recorder();
 * createSignalbox({ destinations: { seen } }).emit(PAID);
 * seen.assertEmitted(PAID);
 * ```
 */
export interface Recorder extends Destination {
  /** All that was emitted, or what was emitted of one signal, in order. Throws where it is given what is no signal. */
  emissions(signal?: AnySignal): readonly Emission[];
  /** Throws where no emission of the signal has these values; says what there was. */
  assertEmitted<V extends object>(signal: Signal<V>, expected?: Expected<NoInfer<V>>): void;
  /** Throws where an emission of the signal has these values. */
  assertNotEmitted<V extends object>(signal: Signal<V>, expected?: Expected<NoInfer<V>>): void;
  /** Forgets everything. */
  clear(): void;
}

/** Makes a {@link Recorder}. Sensitive values are redacted in it, as everywhere, unless a route reveals them. */
export function recorder(): Recorder {
  let kept: Emission[] = [];
  const of = (signal: AnySignal): Emission[] => kept.filter((e) => e.signal === signal.name);
  const fitting = (where: string, signal: AnySignal, expected: object): Emission[] => {
    checkExpected(where, checkedSignal(where, signal), expected);
    return of(signal).filter((e) => fits(e, expected));
  };
  return {
    kind: 'sink',
    channels: ['sink'],
    connect: (connection) => port(connection, (emission) => kept.push(emission)),
    emissions: (signal) => (signal === undefined ? [...kept] : of(checkedSignal('emissions', signal))),
    assertEmitted: (signal, expected = {}) => {
      if (fitting('assertEmitted', signal, expected).length > 0) return;
      const found = of(signal);
      const there =
        found.length > 0
          ? `It was emitted ${found.length} times:\n${found.map(text).join('\n')}`
          : `Emitted were:\n${kept.map(text).join('\n') || '  nothing'}`;
      throw new Error(`${signal.name} was not emitted with ${sought(signal, expected)}. ${there}`);
    },
    assertNotEmitted: (signal, expected = {}) => {
      const found = fitting('assertNotEmitted', signal, expected);
      if (found.length === 0) return;
      throw new Error(
        `${signal.name} was emitted with ${sought(signal, expected)}:\n${found.map(text).join('\n')}`,
      );
    },
    clear: () => {
      kept = [];
    },
  };
}

function checkedSignal(where: string, signal: AnySignal): AnySignal {
  if (isSignal(signal)) return signal;
  throw new SignalboxError(`${where}: the signal is ${shown(signal)}. Give one made by defineSignal.`);
}

// An expectation that nothing can fit never fails where nothing is to fit it.
function checkExpected(where: string, { name, fields, open }: AnySignal, expected: object): void {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected))
    throw new SignalboxError(
      `${where}: what is expected of ${name} is ${shown(expected)}. Give values by the names of its fields, or nothing.`,
    );
  if (open) return;
  for (const key of Object.keys(expected)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const known = Object.keys(fields).filter((n) => !fields[n]?.metricsOnly);
    if (!field)
      throw new SignalboxError(
        `${where}: ${name} has no field ${shown(key)}.${didYouMean(key, known)} Its fields: ${known.join(', ') || 'none'}.`,
      );
    if (field.metricsOnly)
      throw new SignalboxError(
        `${where}: the field ${shown(key)} of ${name} is metricsOnly: it reaches no sink, and can not be compared. Leave it out.`,
      );
  }
}

function port(connection: Connection, keep: (emission: Emission) => void): Port {
  const account: Account = connection.account('sink');
  return {
    kind: 'sink',
    accept: (emission) => {
      keep(emission);
      account.delivered();
      account.arrived++;
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

function fits({ fields, definition }: Emission, expected: object): boolean {
  return Object.entries(expected as Expected).every(([name, value]) => {
    const left = Object.hasOwn(fields, name) ? fields[name] : undefined;
    // A null leaves nothing in a plain level record.
    const nothing = value === undefined || (definition.open && value === null);
    if (nothing || left === undefined) return nothing && left === undefined;
    return (
      same(left, value) || LENGTHS.some((length) => same(left, leaving(definition, name, value, length)))
    );
  });
}

// How long texts are at most is the box's secret: mostly its default, or so long that nothing was cut.
const LENGTHS: readonly number[] = [DEFAULT_STRING_LENGTH, Number.POSITIVE_INFINITY];

/** What leaves of a value of this field: what sinks then see. */
function leaving(signal: AnySignal, name: string, value: unknown, stringLength: number): unknown {
  const counts = noValueCounts();
  const field = Object.hasOwn(signal.fields, name) ? signal.fields[name] : undefined;
  let clean: Clean;
  if (field) clean = cleanValue(field, value, { stringLength }, counts);
  else if (signal.open) clean = cleanOpen(value, { stringLength }, counts);
  return isDescribed(clean) ? clean.message : clean;
}

function same(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((entry, i) => entry === b[i]);
}

/** The values looked for, as they would have left; those that would not, by what they are. */
function sought(signal: AnySignal, expected: object): string {
  const [length = 0] = LENGTHS;
  const values = Object.entries(expected as Expected).map(([name, value]) => [
    name,
    leaving(signal, name, value, length) ??
      leaving({ ...signal, fields: {}, open: true }, name, value, length),
  ]);
  return JSON.stringify(Object.fromEntries(values));
}

function text(emission: Emission): string {
  return `  ${emission.signal} ${JSON.stringify(emission.fields)}`;
}
