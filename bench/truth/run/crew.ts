import type { Fact, Holder } from '../facts.js';
import { readNotes } from '../notes.js';
import type { Order } from '../subjects/order.js';
import { filesOf } from '../subjects/order.js';
import type { Subject } from './subject.js';
import { startSubject } from './subject.js';

/** A worker that ended though nobody killed it. */
export interface Fallen {
  readonly name: string;
  /** The first line of its last words that tells of an error. */
  readonly why: string;
}

/** So many may end by themselves for each outage of the store and each worker; where it is more, it is not the outage. */
const FALLS_PER_OUTAGE = 3;

/** One producer and some workers; a worker that is killed, or that does not survive an outage of its store, is replaced by a new one. */
export class Crew {
  readonly producer: Subject;
  readonly #order: Omit<Order, 'name'>;
  readonly #start: typeof startSubject;
  readonly #all: Subject[] = [];
  #workers: Subject[] = [];
  #started = 0;
  readonly #starting: Promise<void>[] = [];
  readonly #fallen: Fallen[] = [];

  constructor(order: Omit<Order, 'name'>, start: typeof startSubject = startSubject) {
    this.#order = order;
    this.#start = start;
    this.producer = start('producer', { ...order, name: 'producer' });
    this.#all.push(this.producer);
  }

  /** Every process that there was. */
  get all(): readonly Subject[] {
    return this.#all;
  }

  /** Those that ended by themselves, in their order. What they had not sent is gone with them, as with those that were killed. */
  get fallen(): readonly Fallen[] {
    return this.#fallen;
  }

  async grow(n: number): Promise<void> {
    const more = Array.from({ length: n }, () =>
      this.#start('worker', { ...this.#order, name: `worker-${++this.#started}` }),
    );
    this.#workers.push(...more);
    this.#all.push(...more);
    await Promise.all(more.map((one) => one.said('ready')));
  }

  /** Kills one, frees what it held where people have to, and starts another. */
  async replace(which: number): Promise<void> {
    const one = this.#workers[which % this.#workers.length];
    if (one === undefined) return;
    await one.kill();
    this.#succeed(one);
  }

  /**
   * Replaces the workers that ended by themselves, as a supervisor would: some engines end their process where the store broke off.
   * Rejects where the store had no outage that could be the reason, where they are too many, and where the producer ended.
   */
  check(outages: number): void {
    if (!this.producer.alive) throw endedByItself(this.producer);
    for (const one of this.#workers.filter(({ alive, killed }) => !alive && !killed)) {
      if (this.#fallen.length >= FALLS_PER_OUTAGE * outages * this.#workers.length) throw endedByItself(one);
      this.#fallen.push({ name: one.name, why: reasonOf(one.lastWords) });
      this.#succeed(one);
    }
  }

  #succeed(one: Subject): void {
    this.#workers = this.#workers.filter((other) => other !== one);
    this.#free([one]);
    // It takes its time to start: meanwhile the others work on.
    const started = this.grow(1);
    started.catch(() => undefined);
    this.#starting.push(started);
  }

  /**
   * Frees whatever the workers hold by the store's word. One that lives may hold a job that it knows nothing of: the store broke off when it
   * had given the job, and before it had said so. False where the engine leaves nothing to people.
   */
  freeAll(): boolean {
    return this.#free(this.#all);
  }

  #free(those: readonly Subject[]): boolean {
    const holders = those.flatMap(({ name }) =>
      readNotes<Fact>(filesOf(this.#order.directory, name).ledger).filter(
        (fact): fact is Holder => fact.fact === 'holder',
      ),
    );
    if (holders.length > 0) this.producer.tell(`free ${holders.map(({ id }) => id).join()}`);
    return holders.length > 0;
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#workers.map((one) => one.end()));
    await this.producer.end();
  }

  async kill(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.kill()));
  }
}

function endedByItself({ name, lastWords }: Subject): Error {
  return new Error(`${name} ended by itself:\n${lastWords}`);
}

/** What an error's report says first, without where it was thrown. */
export function reasonOf(lastWords: string): string {
  const lines = lastWords.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(\w*Error|error)\b.*: /.test(line)) ??
    lines.filter(Boolean).at(-1) ??
    'it said nothing'
  );
}
