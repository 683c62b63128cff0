import type { Fact, Holder } from '../facts.js';
import { readNotes } from '../notes.js';
import type { Order } from '../subjects/order.js';
import { filesOf } from '../subjects/order.js';
import type { Subject } from './subject.js';
import { startSubject } from './subject.js';

/** One producer and some workers; a worker that is killed is replaced by a new one. */
export class Crew {
  readonly producer: Subject;
  readonly #order: Omit<Order, 'name'>;
  readonly #all: Subject[] = [];
  #workers: Subject[] = [];
  #started = 0;
  readonly #starting: Promise<void>[] = [];

  constructor(order: Omit<Order, 'name'>) {
    this.#order = order;
    this.producer = startSubject('producer', { ...order, name: 'producer' });
    this.#all.push(this.producer);
  }

  /** Every process that there was. */
  get all(): readonly Subject[] {
    return this.#all;
  }

  async grow(n: number): Promise<void> {
    const more = Array.from({ length: n }, () =>
      startSubject('worker', { ...this.#order, name: `worker-${++this.#started}` }),
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
    this.#workers = this.#workers.filter((other) => other !== one);
    const { ledger } = filesOf(this.#order.directory, one.name);
    const holders = readNotes<Fact>(ledger).filter((fact): fact is Holder => fact.fact === 'holder');
    if (holders.length > 0) this.producer.tell(`free ${holders.map(({ id }) => id).join()}`);
    // It takes its time to start: meanwhile the others work on.
    const started = this.grow(1);
    started.catch(() => undefined);
    this.#starting.push(started);
  }

  /** Rejects where one of those that should live does not. */
  check(): void {
    for (const one of this.#all)
      if (!one.alive && !one.killed) throw new Error(`${one.name} ended by itself:\n${one.lastWords}`);
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
