import type { JobInsert } from 'pg-boss';
import type { Carrier } from '../../jobs/carrier.js';
import type { Enqueue } from '../../jobs/enqueue.js';
import { numberOf } from '../../jobs/given.js';
import type { QueueTelemetry } from '../../jobs/queue.js';
import { abandon } from './abandon.js';
import type { KnownWaiting, ObservedBoss } from './boss-state.js';
import type { JobRow } from './job-row.js';
import { mayRead } from './job-table.js';

/** The most waiting jobs that a look learns of. */
const KEPT = 1000;
/** How exactly signalbox knows when a call added a job. */
const CLOSE_MILLIS = 250;

/** A job that is known to wait. Moments are of the clock of `performance`. */
interface Known {
  readonly row: JobRow;
  readonly seenAt: number;
  /** When pg-boss may delete the job because it never ran in its time. */
  readonly keptUntil: number;
  /** Milliseconds after its end until pg-boss may delete it; 0 for never. */
  readonly deletedAfter: number;
}

/** The waiting jobs of a queue, as far as they are known. A job that is gone once its time is up has expired, and pg-boss has no event for that. */
export class Waiting implements KnownWaiting {
  readonly #observed: ObservedBoss;
  readonly #queue: QueueTelemetry;
  readonly #intervalMillis: number;
  #known = new Map<string, Known>();
  #left = 0;
  /** Jobs that were dropped during a look, because the rows that it reads may be older. */
  #dropped: Set<string> | undefined;
  #forgotten = 0;
  #retention: { readonly kept?: number; readonly deletedAfter?: number } = {};

  constructor(observed: ObservedBoss, queue: QueueTelemetry, intervalMillis: number) {
    this.#observed = observed;
    this.#queue = queue;
    this.#intervalMillis = intervalMillis;
  }

  /** A call added a job. Remembers only a job that may be gone before the next look but one. */
  sent(id: string, options: Partial<JobInsert>, carrier: Carrier | undefined): void {
    const kept = millisOf(options.retentionSeconds) ?? millisOf(this.#retention.kept);
    const deletedAfter = millisOf(options.deleteAfterSeconds) ?? millisOf(this.#retention.deletedAfter);
    if (kept === undefined || kept > 2 * this.#intervalMillis || deletedAfter === undefined) return;
    if (options.startAfter !== undefined || this.#known.size >= 2 * KEPT) return;
    const seenAt = performance.now();
    const row = { id, state: 'created', attempts: 0, runnableFor: 0, carrier };
    this.#known.set(id, { row, seenAt, keptUntil: seenAt + kept, deletedAfter });
  }

  /** The job runs, has ended, or is about to end. Whoever knows that emits it. */
  drop(id: string): void {
    this.#known.delete(id);
    this.#dropped?.add(id);
  }

  /** A command removed jobs, and nobody knows whether they waited. The next look learns of those that still do. */
  forget(): void {
    this.#known.clear();
    this.#forgotten++;
  }

  /** A command of this process removes jobs, and emits their ends itself. No look emits ends until the returned function is called. */
  leave(): () => void {
    this.#left++;
    return () => {
      this.#left--;
    };
  }

  /** Looks once: emits the ends of the jobs whose time was up, and learns which jobs wait now. Rejects if it can not look. */
  async look(): Promise<void> {
    const dropped = new Set<string>();
    this.#dropped = dropped;
    try {
      await this.#look(dropped);
    } finally {
      this.#dropped = undefined;
    }
  }

  async #look(dropped: ReadonlySet<string>): Promise<void> {
    const { table, boss } = this.#observed;
    // Without these columns, a job that was archived elsewhere or moved by a redrive looks as if it had expired.
    if (!(await table.has('deletion_seconds')) || !(await table.has('keep_until'))) return;
    if (typeof boss.redrive === 'function' && !(await table.has('source_id'))) return;
    const forgotten = this.#forgotten;
    const asked = [...this.#known.values()];
    this.#retention = await table.retention(this.#queue.name);
    const gone = await table.gone(
      this.#queue.name,
      asked.map(({ row }) => row),
    );
    const now = performance.now();
    if (this.#left > 0) return;
    for (const { id } of gone) {
      const known = this.#known.get(id);
      if (known) this.#emitGone(known, now);
    }
    const seen = this.#queue.now();
    const rows = await table.waiting(this.#queue.name, KEPT);
    for (const { id } of rows) this.#queue.alive({ id }, seen);
    if (this.#forgotten !== forgotten) return;
    const next = new Map<string, Known>();
    for (const row of rows) {
      const { keptFor, deletedAfter, ...plainRow } = row;
      if (keptFor === undefined || deletedAfter === undefined || dropped.has(row.id)) continue;
      next.set(row.id, { row: plainRow, seenAt: now, keptUntil: now + keptFor, deletedAfter });
    }
    // Keep the jobs that were added during the look.
    const before = new Set(asked.map(({ row }) => row.id));
    for (const [id, known] of this.#known) if (!before.has(id) && !next.has(id)) next.set(id, known);
    this.#known = next;
  }

  #emitGone({ row, seenAt, keptUntil, deletedAfter }: Known, now: number): void {
    this.#known.delete(row.id);
    // Somebody removed it before its time was up, perhaps after it had ended well: nobody can know.
    if (keptUntil > now + CLOSE_MILLIS) return;
    // Somebody else may have ended it, and the time that pg-boss keeps an ended job may be over too.
    if (deletedAfter > 0 && now - seenAt >= deletedAfter) return;
    const runnableFor = row.runnableFor === undefined ? undefined : row.runnableFor + now - seenAt;
    abandon(this.#queue, { ...row, runnableFor }, 'expired');
    this.#observed.ended(this.#queue, row.id);
  }
}

/** Notes a job that a call of this boss added. */
export function noteWaiting(
  observed: ObservedBoss,
  queue: unknown,
  id: string,
  options: Partial<JobInsert>,
  enqueue: Pick<Enqueue, 'carrier'>,
): void {
  // Within a transaction the job is not there yet.
  if (typeof queue !== 'string' || !mayRead(options)) return;
  // If pg-boss makes the spans, it writes their context itself.
  observed.waiting.get(queue)?.sent(id, options, observed.spans === 'ours' ? enqueue.carrier : undefined);
}

function millisOf(seconds: unknown): number | undefined {
  const number = numberOf(seconds);
  return number === undefined ? undefined : number * 1000;
}
