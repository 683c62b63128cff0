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

/** The most fetched and unsettled jobs that signalbox observes. Of further ones it emits nothing until they end. */
const MOST = 10_000;
/** signalbox looks again at an overdue claim after this, until pg-boss has taken the job back. */
const AGAIN_MILLIS = 5_000;

interface Claim {
  readonly queue: QueueTelemetry;
  readonly id: string;
  at: number;
}

/** Observes the attempts of jobs that the app fetches and settles itself. */
export class FetchWatch {
  readonly #observed: ObservedBoss;
  readonly #claims = new Map<string, Claim>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  /** Undoes the registration that ends fetched jobs when the box shuts down. */
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

  /** The boss has stopped, or the box shuts down: signalbox hears no more of fetched jobs that are not settled. */
  ended(): void {
    this.#untilShutdown?.();
    this.#untilShutdown = undefined;
    for (const { queue, id } of [...this.#claims.values()]) this.#observed.ended(queue, id);
  }

  /** A fetched job is settled. */
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
    // Copy the jobs now: the objects are the app's.
    const jobs = (given as readonly Partial<KnownJob>[]).map(({ ...job }) => ({ ...job, data: undefined }));
    for (const id of ids) this.#observed.waiting.get(queue.name)?.drop(id);
    // If not all jobs have a carrier, nobody knows which carrier is whose.
    const came = carriers.length === jobs.length ? carriers : [];
    const { running, table } = this.#observed;
    // First emit the end of an attempt that a command of the app ended before.
    const before = running.heard.on(ids);
    if (!readable && !before) return this.#begin(queue, jobs, new Map(), at, came);
    const looking = readable ? table.fetched(queue.name, ids) : undefined;
    const known = Promise.all([looking, before]).then(([rows = []]) =>
      this.#begin(queue, jobs, new Map(rows.map((row) => [row.id, row])), at, came),
    );
    running.beginning(ids, known);
    return known;
  }

  /** A job runs here again. Its earlier attempt, which was fetched and not settled, is over. */
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
        const more = 'are fetched and not settled: signalbox observes no attempts of further ones';
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
      // pg-boss makes no span for such an attempt.
      span: 'own',
      processDuration: true,
      ...(several ? { relation: 'link' } : {}),
    });
    // Its retry runs here already, and nobody can say any more how this attempt ended.
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

  /** The boss has started, perhaps after a stop. */
  started(): void {
    this.#wakeAgain();
  }

  // Looks at the jobs whose time is over. pg-boss gives them to other workers, or ends them, when its supervisor comes by.
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
      // If the table can not be read, the claims may still hold.
      if (!rows) {
        for (const claim of own) claim.at = performance.now() + AGAIN_MILLIS;
        continue;
      }
      const found = new Map(rows.map((row) => [row.id, row]));
      for (const claim of own) this.#overdue(claim, found.get(claim.id));
    }
  }

  #overdue(claim: Claim, row: FetchedRow | undefined): void {
    // The job was settled, or fetched again, while the table was read.
    if (this.#claims.get(claim.id) !== claim) return;
    const held = this.#observed.running.get(claim.id);
    if (!held?.fetched || !held.job || held.attempt.settled) {
      this.settled(claim.id);
      // If its end was emitted elsewhere, its span is still open.
      this.#observed.ended(claim.queue, claim.id);
      return;
    }
    // Before 12.38, a job that was fetched in a transaction does not say which attempt it is.
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

// Whether the supervisor took the job back because its time was over.
function takenBack(row: KnownJob, { retryCount }: KnownJob): boolean {
  return wasStalled(row.output) && (row.retryCount === retryCount || row.retryCount === retryCount + 1);
}

// What pg-boss handed out, and what the table says besides. If the job was settled meanwhile, the row no longer says when it could run.
function knownOf(job: Partial<KnownJob>, row: FetchedRow | undefined): KnownJob {
  const retryCount = job.retryCount ?? row?.retryCount;
  const current = row?.retryCount === retryCount && row?.state !== 'retry' && row?.state !== 'created';
  const read = current
    ? row
    : row && { ...row, startedOn: undefined, startAfter: undefined, output: undefined };
  return { ...read, ...job, retryCount: retryCount ?? Number.NaN } as KnownJob;
}
