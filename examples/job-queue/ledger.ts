import { openSync, writeSync } from 'node:fs';
import { now } from './queue/clock.js';

/** Something that really happened, as the producer and the handlers saw it. */
export type Fact =
  | {
      readonly fact: 'accepted';
      readonly priority: number;
      readonly runnable_at: number;
      readonly max_attempts: number;
    }
  | { readonly fact: 'rejected'; readonly reason: string }
  | {
      readonly fact: 'began';
      readonly attempt: number;
      readonly worker: string;
      readonly runnable_at: number;
    }
  | { readonly fact: 'returned'; readonly attempt: number }
  | { readonly fact: 'threw'; readonly attempt: number; readonly error: string }
  | { readonly fact: 'timed_out'; readonly attempt: number }
  | { readonly fact: 'cancelled' };

/** Whom a fact is about. */
export interface Subject {
  readonly id: string;
  readonly type: string;
}

/** One line of the ledger. `at` is epoch milliseconds with fractions, of the clock that the spans have too. */
export type Entry = { readonly at: number; readonly job: string; readonly type: string } & Fact;

/** Told of each entry as it is made. */
export type Reader = (entry: Entry) => void;

/**
 * The independent truth of a run: what the telemetry is measured against. It is written beside the signals, never from them.
 *
 * @example
 * ```ts
 * const ledger = new Ledger([tally.add, ledgerFile('ledger.jsonl')]);
 * ledger.write({ id: 'job_7_1', type: 'email' }, { fact: 'cancelled' });
 * ```
 */
export class Ledger {
  readonly #readers: readonly Reader[];

  constructor(readers: readonly Reader[]) {
    this.#readers = readers;
  }

  /** Now, as entries tell it. */
  moment(): number {
    return now();
  }

  /** `at` where it happened a while ago and is only now known. */
  write(subject: Subject, { fact, ...details }: Fact, at = this.moment()): void {
    this.add({ at, fact, job: subject.id, type: subject.type, ...details } as Entry);
  }

  /** Takes over what another ledger has written. */
  readonly add = (entry: Entry): void => {
    for (const read of this.#readers) read(entry);
  };
}

/** Appends each entry as one JSON line, synchronously: what is told has been written, even if the process dies next. */
export function ledgerFile(path: string): Reader {
  const file = openSync(path, 'w');
  return (entry) => {
    writeSync(file, `${JSON.stringify(entry)}\n`);
  };
}
