const FEEDERS = Symbol.for('signalbox.signal.feeders.1');

/** So many are kept at most: a process that defines signals without end has named those of its modules first. */
const KEPT = 10_000;

/** Which signals feed which instruments, of all that were defined in this process, whichever copy of the package defined them. */
export interface Feeders {
  /** Changes with each that comes. */
  version: number;
  /** Names of signals, by the name of the instrument. */
  readonly byInstrument: Map<string, Set<string>>;
}

export function feeders(): Feeders {
  const holder = globalThis as { [FEEDERS]?: Feeders };
  holder[FEEDERS] ??= { version: 0, byInstrument: new Map() };
  return holder[FEEDERS];
}

/** Notes that a signal feeds instruments. Both names are texts of their own. */
export function noteFeeder(signal: string, instruments: readonly string[]): void {
  const all = feeders();
  for (const instrument of instruments) {
    const names = all.byInstrument.get(instrument) ?? new Set<string>();
    if (names.has(signal) || all.version >= KEPT) continue;
    names.add(signal);
    all.byInstrument.set(instrument, names);
    all.version++;
  }
}
