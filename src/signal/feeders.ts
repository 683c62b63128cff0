const FEEDERS = Symbol.for('signalbox.signal.feeders.1');

/** The most pairs that are kept. A process that defines signals without end has defined those of its modules first. */
const KEPT = 10_000;

/** Which signals feed which instruments, for all signals that any copy of the package defined in this process. */
export interface Feeders {
  /** Grows with each pair that is added. */
  version: number;
  /** Signal names by instrument name. */
  readonly byInstrument: Map<string, Set<string>>;
}

export function feeders(): Feeders {
  const holder = globalThis as { [FEEDERS]?: Feeders };
  holder[FEEDERS] ??= { version: 0, byInstrument: new Map() };
  return holder[FEEDERS];
}

/** Notes that a signal feeds instruments. The caller has copied all names, so that none keeps a larger text alive. */
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
