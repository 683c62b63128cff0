import type { QueueTelemetry } from '../../jobs/queue.js';
import { abandon } from './abandon.js';
import type { ObservedBoss } from './boss-state.js';
import { Waiting } from './expired-jobs.js';
import { lifeOf } from './stalls.js';

/** A transaction that began before a look may become visible after it: each look goes back by this much. */
const OVERLAP_MILLIS = 60_000;
const KEPT = 10_000;

/** Recorded for the last attempt of a job whose worker vanished. Never thrown. */
class Stalled extends Error {
  override readonly name = 'StalledError';
  readonly code = 'stalled';
}

/**
 * Finds the ends for which pg-boss has no event: jobs that the supervisor failed for good, and waiting jobs that are gone. It emits each once, from
 * its first look on.
 */
export class Reconciler {
  readonly #observed: ObservedBoss;
  readonly #queue: QueueTelemetry;
  readonly #emitted = new Set<string>();
  #from: number | undefined;
  #since = 0;
  #over = false;

  readonly #waiting: Waiting;

  constructor(observed: ObservedBoss, queue: QueueTelemetry, intervalMillis: number) {
    this.#observed = observed;
    this.#queue = queue;
    this.#waiting = new Waiting(observed, queue, intervalMillis);
    observed.waiting.set(queue.name, this.#waiting);
  }

  stop(): void {
    this.#over = true;
    const { waiting } = this.#observed;
    if (waiting.get(this.#queue.name) === this.#waiting) waiting.delete(this.#queue.name);
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { table, core } = this.#observed;
    if (this.#over || !core.enabled()) return;
    await this.#waiting.look();
    if (this.#from === undefined) {
      this.#from = await table.now();
      this.#since = this.#from;
      return;
    }
    const { now, rows } = await table.expired(this.#queue.name, this.#since);
    if (this.#over) return;
    for (const row of rows) {
      // A revived job may end so again, with more attempts.
      const life = lifeOf(row.id, row.attempts);
      if (this.#emitted.has(life) || this.#observed.lives.has(life)) continue;
      this.#emitted.add(life);
      // The job was fetched here, and its attempt emits the end.
      if (this.#observed.running.get(row.id)?.fetched) continue;
      // Whatever end of it was emitted before, the job ran after that.
      this.#queue.alive({ id: row.id });
      abandon(this.#queue, row, 'stalled', new Stalled(row.why));
    }
    this.#since = Math.max(this.#from, now - OVERLAP_MILLIS);
    // The forgotten ones are older than what the next look sees, unless more than this expire within the overlap.
    for (const life of this.#emitted) {
      if (this.#emitted.size <= KEPT) break;
      this.#emitted.delete(life);
    }
  }
}
