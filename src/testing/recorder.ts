import type { Connection, Destination, Port } from '../delivery/destination.js';
import type { Account } from '../delivery/ledger.js';
import type { Emission } from '../emission/emission.js';
import type { AnySignal } from '../signal/signal.js';

/** Values to look for, by names in code. Those not named are not compared. */
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
      throw new Error(`${signal.name} was not emitted with ${JSON.stringify(expected)}. ${there}`);
    },
    assertNotEmitted: (signal, expected = {}) => {
      const found = fitting(signal, expected);
      if (found.length === 0) return;
      throw new Error(
        `${signal.name} was emitted with ${JSON.stringify(expected)}:\n${found.map(text).join('\n')}`,
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

function fits(emission: Emission, expected: Expected): boolean {
  return Object.entries(expected).every(
    ([name, value]) => JSON.stringify(emission.fields[name]) === JSON.stringify(value),
  );
}

function text(emission: Emission): string {
  return `  ${emission.signal} ${JSON.stringify(emission.fields)}`;
}
