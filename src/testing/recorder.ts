import type { Connection, Destination, Port } from '../delivery/destination.js';
import type { Account } from '../delivery/ledger.js';
import type { Emission } from '../emission/emission.js';
import { isDescribed } from '../emission/error.js';
import type { Clean } from '../emission/value.js';
import { cleanOpen, cleanValue, noValueCounts } from '../emission/value.js';
import type { AnySignal } from '../signal/signal.js';

/**
 * Values to look for, by names in code: as they are given to `emit`, or as sinks see them (`[redacted]` for a sensitive one; a text that
 * the box's own `limits` or `redactError` changed, as it became). Those not named are not compared.
 */
export type Expected = Readonly<Record<string, unknown>>;

/**
 * A destination that keeps what it is given, at once, for tests.
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
  /** All that was emitted, or what was emitted of one signal, in order. */
  emissions(signal?: AnySignal): readonly Emission[];
  /** Throws where no emission of the signal has these values; says what there was. */
  assertEmitted(signal: AnySignal, expected?: Expected): void;
  /** Throws where an emission of the signal has these values. */
  assertNotEmitted(signal: AnySignal, expected?: Expected): void;
  /** Forgets everything. */
  clear(): void;
}

/** Makes a {@link Recorder}. Sensitive values are redacted in it, as everywhere, unless a route reveals them. */
export function recorder(): Recorder {
  let kept: Emission[] = [];
  const of = (signal: AnySignal): Emission[] => kept.filter((e) => e.signal === signal.name);
  const fitting = (signal: AnySignal, expected: Expected): Emission[] =>
    of(signal).filter((e) => fits(e, expected));
  return {
    kind: 'sink',
    channels: ['sink'],
    connect: (connection) => port(connection, (emission) => kept.push(emission)),
    emissions: (signal) => (signal ? of(signal) : [...kept]),
    assertEmitted: (signal, expected = {}) => {
      if (fitting(signal, expected).length > 0) return;
      const found = of(signal);
      const there =
        found.length > 0
          ? `It was emitted ${found.length} times:\n${found.map(text).join('\n')}`
          : `Emitted were:\n${kept.map(text).join('\n') || '  nothing'}`;
      throw new Error(`${signal.name} was not emitted with ${sought(signal, expected)}. ${there}`);
    },
    assertNotEmitted: (signal, expected = {}) => {
      const found = fitting(signal, expected);
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

function port(connection: Connection, keep: (emission: Emission) => void): Port {
  const account: Account = connection.account('sink');
  return {
    kind: 'sink',
    accept: (emission) => {
      keep(emission);
      account.delivered();
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

function fits({ fields, definition }: Emission, expected: Expected): boolean {
  return Object.entries(expected).every(([name, value]) => {
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
const LENGTHS: readonly number[] = [4096, Number.POSITIVE_INFINITY];

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
function sought(signal: AnySignal, expected: Expected): string {
  const [length = 0] = LENGTHS;
  const values = Object.entries(expected).map(([name, value]) => [
    name,
    leaving(signal, name, value, length) ??
      leaving({ ...signal, fields: {}, open: true }, name, value, length),
  ]);
  return JSON.stringify(Object.fromEntries(values));
}

function text(emission: Emission): string {
  return `  ${emission.signal} ${JSON.stringify(emission.fields)}`;
}
