import type { Account } from '../delivery/account.js';
import type { Connection, Mark } from '../delivery/destination.js';
import { countOutcome } from './count-outcome.js';
import type { Verdict } from './export-result.js';
import type { ExportCallback, MetricExporterLike } from './exporter-like.js';
import type { CollectedMetrics } from './metric-batch.js';
import { CollectedLoad } from './metric-batch.js';
import type { Line } from './send-in-halves.js';
import { Consignment } from './send-in-halves.js';

/** Maximum number of collections that wait for an exporter. */
const WAITING = 8;

/** A collection that waits, and the callback for its outcome. */
interface Waiting {
  readonly load: CollectedLoad;
  readonly over: () => void;
}

/**
 * Takes collections to one metric exporter, one call at a time, as the specification promises exporters. The number of waiting
 * collections is bounded.
 */
export class MetricQueue implements Line<CollectedLoad> {
  readonly timeoutMillis: number;
  readonly #exporter: MetricExporterLike;
  readonly #connection: Connection;
  readonly #account: Account;
  #waiting: Waiting[] = [];
  #underWay: { readonly consignment: Consignment<CollectedLoad>; readonly over: () => void } | undefined;
  /** The open call has exceeded its time limit. */
  #stuck = false;
  /** Number of points without an outcome. */
  #points = 0;
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(exporter: MetricExporterLike, connection: Connection, timeoutMillis: number) {
    this.#exporter = exporter;
    this.#connection = connection;
    this.#account = connection.account('metrics');
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * Exports points and counts each. Settles with the outcome, or without one if the exporter does not answer; never rejects. `late`:
   * the reason that counts points which come after the close.
   */
  take(collected: CollectedMetrics, late: 'shutdown' | 'closed'): Promise<void> {
    const load = CollectedLoad.of(collected);
    if (load.count === 0) return Promise.resolve();
    this.#account.routed(load.count);
    if (this.#closed) {
      this.#account.dropped(late, load.count);
      return Promise.resolve();
    }
    if (this.#waiting.length >= WAITING) {
      this.#account.dropped('queue_full', load.count);
      this.#tell(
        'queue_full',
        `${WAITING} collections of metrics wait for its exporter; further ones are dropped and counted`,
      );
      return Promise.resolve();
    }
    this.#points += load.count;
    return new Promise((over) => {
      this.#waiting.push({ load, over });
      if (this.#stuck) over();
      this.#next();
    });
  }

  /** Settles when every point has an outcome. */
  idle(): Promise<void> {
    return this.#points === 0 ? Promise.resolve() : new Promise((idle) => this.#idle.push(idle));
  }

  /** Closes the queue. It drops points without an outcome, and all points that come later. */
  close(): void {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#underWay?.consignment.end('the shutdown deadline came');
    this.#underWay?.over();
    for (const { load, over } of waiting) {
      this.settled(load, 'dropped');
      over();
    }
  }

  #next(): void {
    if (this.#underWay || this.#closed) return;
    const next = this.#waiting.shift();
    if (!next) return;
    const consignment = new Consignment(next.load, this);
    this.#underWay = { consignment, over: next.over };
    consignment.start();
  }

  // The wait for the resource came before the collection.
  ready(): undefined {}

  mark(): Mark {
    return this.#connection.mark();
  }

  send(load: CollectedLoad, done: ExportCallback, mark: Mark): unknown {
    const collected = load.collected();
    const call = (): unknown => this.#exporter.export(collected as never, done);
    return this.#connection.inside(call, { mark, untraced: true });
  }

  settled({ count }: CollectedLoad, verdict: Verdict | 'dropped'): void {
    if (verdict === 'dropped') this.#account.dropped('shutdown', count);
    else countOutcome(this.#account, count, 'points', verdict, this.#tell.bind(this));
    this.#points -= count;
    if (this.#points > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const settle of idle) settle();
  }

  // The load of a metric export has no size limit that could shrink.
  tooLarge(): void {}

  // Further collections wait too. Beyond the bound, `take` drops and counts them.
  unanswered(): void {
    this.#stuck = true;
    this.#tell(
      'unanswered',
      `its metric exporter has not answered within ${this.timeoutMillis} ms; collections wait until it does, since it takes one call at a time`,
    );
    this.#underWay?.over();
    for (const { over } of this.#waiting) over();
  }

  over(): void {
    this.#stuck = false;
    this.#underWay?.over();
    this.#underWay = undefined;
    this.#next();
  }

  #tell(key: string, message: string, error?: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} metrics ${key}`, `destination '${name}': ${message}`, error);
  }
}
