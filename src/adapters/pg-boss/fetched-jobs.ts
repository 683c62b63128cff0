import type { PgBoss } from 'pg-boss';
import type { Carrier } from '../../jobs/carrier.js';
import type { QueueTelemetry } from '../../jobs/queue.js';
import { LONGEST_MILLIS } from '../../signal/option-checks.js';
import type { Observation } from '../common/observed-object.js';
import { afterwards, emitQuietly } from './after-call.js';
import { afterFailureOf } from './after-failure.js';
import type { ObservedBoss } from './boss-state.js';
import type { FetchedRow } from './job-row.js';
import { mayRead } from './job-table.js';
import { received } from './receive-span.js';
import type { Held, KnownJob } from './running-jobs.js';
import { idsOf } from './settled-ids.js';
import { lifeOf, stalledBefore, wasStalled } from './stalls.js';
import { attemptInfoOf, limitOf } from './start-attempt.js';

/** Jobs that the app has fetched and not settled, at most; of more nothing is emitted until they end. */
const MOST = 10_000;
/** A claim whose time is over is looked at again after this, until pg-boss has taken it back. */
const AGAIN_MILLIS = 5_000;

interface Claim {
  readonly queue: QueueTelemetry;
  readonly id: string;
  at: number;
}

/** Attempts at jobs that the app fetches and settles itself. */
export class FetchWatch {
  readonly #observed: ObservedBoss;
  readonly #claims = new Map<string, Claim>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  /** What is fetched ends at a shutdown of the box, until this is called. */
  #untilShutdown: (() => void) | undefined;

  constructor(observed: ObservedBoss) {
    this.#observed = observed;
  }

  get observation(): Observation<PgBoss> {
    return {
      fetch: (call, args) => {
        const { result, carriers } = received(() => call(...args));
        const queue = this.#observed.core.enabled() ? this.#observed.queue(args[0]) : undefined;
        if (queue)
          afterwards<unknown>(this.#observed, result, ({ value, at }) =>
            this.#fetched(queue, value, { at, readable: mayRead(args[1]), carriers }),
          );
        return result;
      },
    };
  }

  /** Its boss has stopped, or the box is shut down: nobody here is told what becomes of what is fetched and not settled. */
  ended(): void {
    this.#untilShutdown?.();
    this.#untilShutdown = undefined;
    for (const { queue, id } of [...this.#claims.values()]) this.#observed.ended(queue, id);
  }

  /** A job that was fetched is settled. */
  settled(id: string): void {
    this.#claims.delete(id);
  }

  #fetched(
    queue: QueueTelemetry,
    given: unknown,
    { at, readable, carriers }: { at: number; readable: boolean; carriers: readonly Carrier[] },
  ): void | Promise<void> {
    const ids = idsOf(given);
    if (ids.length === 0) return;
    // What it is asked with is copied now: the objects are the app's.
    const jobs = (given as readonly Partial<KnownJob>[]).map(({ ...job }) => ({ ...job, data: undefined }));
    for (const id of ids) this.#observed.waiting.get(queue.name)?.drop(id);
    // Where not all carry something, nobody knows whose is whose.
    const came = carriers.length === jobs.length ? carriers : [];
    const { running, table } = this.#observed;
    // An attempt that a command of the app ended before is over first.
    const before = running.heard.on(ids);
    if (!readable && !before) return this.#begin(queue, jobs, new Map(), at, came);
    const looking = readable ? table.fetched(queue.name, ids) : undefined;
    const known = Promise.all([looking, before]).then(([rows = []]) =>
      this.#begin(queue, jobs, new Map(rows.map((row) => [row.id, row])), at, came),
    );
    running.beginning(ids, known);
    return known;
  }

  /** A job runs here anew: an attempt at it that was fetched before, and nobody settled, is over. */
  again(queue: QueueTelemetry, job: KnownJob): void {
    const held = this.#observed.running.get(job.id);
    if (held?.fetched && !held.attempt.settled) this.#over(queue, held, job);
  }

  #begin(
    queue: QueueTelemetry,
    jobs: readonly Partial<KnownJob>[],
    rows: ReadonlyMap<string, FetchedRow>,
    at: number,
    carriers: readonly Carrier[],
  ): void {
    this.#untilShutdown ??= this.#observed.core.tellAtEnd(() =>
      emitQuietly(this.#observed, () => this.ended()),
    );
    for (const [i, job] of jobs.entries()) {
      if (typeof job.id !== 'string') continue;
      this.again(queue, knownOf(job, rows.get(job.id)));
      if (this.#claims.size >= MOST) {
        const more = 'are fetched and not settled: of further ones no attempt is told';
        this.#observed.core.report('pg-boss:fetched', `${MOST} jobs ${more}`);
        return;
      }
      const row = rows.get(job.id);
      this.#beginOne(queue, job, row, { at, several: jobs.length > 1, carrier: row?.carrier ?? carriers[i] });
    }
  }

  #beginOne(
    queue: QueueTelemetry,
    job: Partial<KnownJob>,
    row: FetchedRow | undefined,
    { at, several, carrier }: { at: number; several: boolean; carrier: Carrier | undefined },
  ): void {
    const { running } = this.#observed;
    const id = String(job.id);
    const known = knownOf(job, row);
    if (stalledBefore(this.#observed.lives, known))
      queue.stalled({ id }, { attempt: known.retryCount, carrier, stalledAt: at });
    const info = attemptInfoOf(this.#observed, known, carrier, undefined, at);
    const attempt = queue.attempt({
      ...info,
      startedAt: at,
      // No span of pg-boss's stands for the attempt.
      span: 'own',
      processDuration: true,
      ...(several ? { relation: 'link' } : {}),
    });
    // Its retry runs here already: nobody can tell any more how this one ended.
    if ((running.get(id)?.job?.retryCount ?? 0) > known.retryCount) {
      attempt.lost();
      return;
    }
    const limitMillis = limitOf([known]);
    const until = performance.now() + limitMillis;
    running.hold(id, { attempt, job: known, fetched: { until, limitMillis } });
    this.#claims.set(id, { queue, id, at: until });
    this.#wakeAt(until);
  }

  #wakeAt(next: number): void {
    if (next >= this.#wakesAt || this.#observed.stopped) return;
    clearTimeout(this.#timer);
    this.#wakesAt = next;
    const delay = Math.min(Math.max(0, next - performance.now()) + 1, LONGEST_MILLIS);
    this.#timer = setTimeout(() => {
      this.#observed.core.tellLater(this.#look().finally(() => this.#wakeAgain()));
    }, delay);
    (this.#timer as { unref?(): void }).unref?.();
  }

  #wakeAgain(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of this.#claims.values()) next = Math.min(next, at);
    this.#wakeAt(next);
  }

  /** Its boss works: it may have stopped before. */
  started(): void {
    this.#wakeAgain();
  }

  // Those whose time is over: pg-boss gives them to others, or ends them, when its supervisor comes by.
  async #look(): Promise<void> {
    if (this.#observed.stopped) return;
    const now = performance.now();
    const due = [...this.#claims.values()].filter(({ at }) => at <= now);
    for (const queue of new Set(due.map((claim) => claim.queue))) {
      const own = due.filter((claim) => claim.queue === queue);
      const ids = own.map(({ id }) => id);
      const rows = this.#observed.core.enabled()
        ? await this.#observed.table.fetched(queue.name, ids)
        : undefined;
      // What can not be looked at may still be ours.
      if (!rows) {
        for (const claim of own) claim.at = performance.now() + AGAIN_MILLIS;
        continue;
      }
      const found = new Map(rows.map((row) => [row.id, row]));
      for (const claim of own) this.#overdue(claim, found.get(claim.id));
    }
  }

  #overdue(claim: Claim, row: FetchedRow | undefined): void {
    // Settled, or fetched anew, while the table was read.
    if (this.#claims.get(claim.id) !== claim) return;
    const held = this.#observed.running.get(claim.id);
    if (!held?.fetched || !held.job || held.attempt.settled) {
      this.settled(claim.id);
      // What another told as its end has a span that is still open.
      this.#observed.ended(claim.queue, claim.id);
      return;
    }
    // Before 12.38 what is fetched in a transaction does not say which attempt it is.
    const same = Number.isNaN(held.job.retryCount) || row?.retryCount === held.job.retryCount;
    if (row?.state === 'active' && same) {
      claim.at = performance.now() + AGAIN_MILLIS;
      return;
    }
    this.#over(claim.queue, held, row);
  }

  #over(queue: QueueTelemetry, { attempt, job, fetched }: Held, row: KnownJob | undefined): void {
    if (!fetched || !job) return;
    if (row && takenBack(row, job)) {
      attempt.timedOut(fetched.limitMillis, afterFailureOf(job, undefined, 'timeout'));
      this.#observed.lives.keep(lifeOf(job.id, job.retryCount + 1), true);
    } else attempt.lost();
    this.#observed.ended(queue, job.id);
  }
}

// By the supervisor, since its time was over.
function takenBack(row: KnownJob, { retryCount }: KnownJob): boolean {
  return wasStalled(row.output) && (row.retryCount === retryCount || row.retryCount === retryCount + 1);
}

// What pg-boss handed out, and what the table says of it beside; of one that was settled meanwhile it no longer says when it could run.
function knownOf(job: Partial<KnownJob>, row: FetchedRow | undefined): KnownJob {
  const retryCount = job.retryCount ?? row?.retryCount;
  const current = row?.retryCount === retryCount && row?.state !== 'retry' && row?.state !== 'created';
  const read = current
    ? row
    : row && { ...row, startedOn: undefined, startAfter: undefined, output: undefined };
  return { ...read, ...job, retryCount: retryCount ?? Number.NaN } as KnownJob;
}
