import type { AbandonReason } from '../../jobs/index.js';
import { retryDelayMillis } from './backoff.js';
import type { AskJobs, Row } from './database.js';
import type { FindCarriers } from './find-carriers.js';
import { hasEnded } from './jobs-before.js';
import { momentOf } from './moment.js';
import type { Schema } from './schema.js';

const MOST = 2000;
/** How long before a look a transaction may have begun that the look did not see yet. */
const SLACK_MILLIS = 1000;

// Jobs that run, jobs that died though no attempt of theirs ever failed, and jobs that ran at the last look or were known as dead then.
const sql = (view: string): string => `
select id, attempts, max_attempts, key, run_at, updated_at, locked_at, last_error is not null as failed, now() as now
from ${view}
where task_identifier = $1
  and (locked_at is not null or (attempts >= max_attempts and last_error is null) or id = any($2::bigint[]))
order by id desc limit ${MOST}`;

interface Seen {
  readonly id: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly key: unknown;
  readonly runAt: number | undefined;
  readonly updatedAt: number | undefined;
  readonly lockedAt: number | undefined;
  /** Whether an attempt of it has failed. */
  readonly hasFailed: boolean;
  readonly now: number;
}

/** What a look found and nobody has emitted. */
interface Finding {
  readonly row: Seen;
  readonly attempts: number;
  /** The reason of its end. Undefined if its worker vanished. */
  readonly reason: AbandonReason | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Finds what the engine has no event for: jobs whose worker vanished, and jobs that have died since. It leaves jobs alone that had ended before the
 * first look: whoever looked then has emitted them.
 */
export class Reconciler {
  readonly #schema: Schema;
  readonly #ask: AskJobs;
  readonly #carriers: FindCarriers;
  readonly #task: string;
  readonly #stalledAfter: number;
  readonly #found: Finding[] = [];
  #active: ReadonlyMap<string, Seen> | undefined;
  /**
   * The dead jobs whose ends were emitted, or that were there at the first look. The memory of recent ends does not do: the rows of dead jobs may
   * stay for ever.
   */
  readonly #dead: Set<string>;

  constructor(
    schema: Schema,
    ask: AskJobs,
    carriers: FindCarriers,
    task: string,
    stalledAfterMillis: number,
  ) {
    this.#schema = schema;
    this.#ask = ask;
    this.#carriers = carriers;
    this.#task = task;
    this.#stalledAfter = stalledAfterMillis;
    this.#dead = schema.emitted.listOfDead();
  }

  async look(): Promise<void> {
    const before = this.#active;
    // Copy it now: a job that is brought back during the look may still be dead in the answer.
    const dead = new Set(this.#dead);
    const { count } = this.#schema.emitted;
    const rows = (await this.#ask(sql, [this.#task, [...(before?.keys() ?? []), ...dead]])).map(seen);
    this.#active = new Map(rows.filter((row) => row.lockedAt !== undefined).map((row) => [row.id, row]));
    this.#reviveLiving(dead, rows, count);
    this.#forgetGone(dead, rows);
    for (const row of rows) {
      if (before === undefined) this.#passOver(row);
      else if (!dead.has(row.id) || !this.#isDead(row)) this.#compare(row, before.get(row.id));
    }
    await this.#emit(this.#found.splice(0));
  }

  async #emit(found: readonly Finding[]): Promise<void> {
    if (found.length === 0) return;
    const carriers = await this.#carriers([...new Set(found.map(({ row }) => row.id))]);
    const queue = this.#schema.queue(this.#task);
    for (const { row, attempts, reason, at } of found) {
      const carrier = carriers.get(row.id);
      if (reason === undefined) queue.stalled(infoOf(row), { attempt: attempts, carrier, stalledAt: at });
      else queue.abandoned(infoOf(row), { reason, attempts, carrier, endedAt: at });
    }
  }

  // Jobs that somebody brought back unseen may die once more, whether this monitor knows them as dead or another part of this process emitted their
  // end.
  #reviveLiving(dead: ReadonlySet<string>, rows: readonly Seen[], count: number): void {
    const { emitted } = this.#schema;
    for (const row of rows) {
      if (this.#isDead(row) || !(dead.has(row.id) || emitted.cameBack(row.id, row.lockedAt, count))) continue;
      emitted.revived(row.id, row.maxAttempts);
      this.#schema.queue(this.#task).alive({ id: row.id });
    }
  }

  // Forget dead jobs whose rows are gone: these can not come back. A full look says nothing of the jobs below its last one.
  #forgetGone(dead: ReadonlySet<string>, rows: readonly Seen[]): void {
    const found = new Set(rows.map((row) => row.id));
    const last = rows.length < MOST ? undefined : rows.at(-1);
    for (const id of dead)
      if (!found.has(id) && (last === undefined || BigInt(id) > BigInt(last.id))) this.#dead.delete(id);
  }

  #isDead(row: Seen): boolean {
    return hasEnded(row) && (row.lockedAt === undefined || this.#expired(row));
  }

  #passOver(row: Seen): void {
    if (!this.#expired(row) && row.lockedAt !== undefined) return;
    this.#schema.emitted.stall(row.id, row.attempts);
    if (!hasEnded(row)) return;
    this.#schema.emitted.end(row.id);
    this.#dead.add(row.id);
  }

  #compare(row: Seen, before: Seen | undefined): void {
    if (row.lockedAt !== undefined) {
      if (this.#expired(row) && !this.#schema.running.has(row.id)) this.#stalled(row);
      return;
    }
    if (before && wasUnlocked(before, row)) this.#stalled(row);
    else if (before && wasRemoved(before, row)) this.#ended(before, row, 'removed');
    else if (hasEnded(row) && !row.hasFailed) this.#stalled(row);
  }

  #expired(row: Seen): boolean {
    return row.lockedAt !== undefined && row.now - row.lockedAt >= this.#stalledAfter;
  }

  #stalled(row: Seen): void {
    if (this.#schema.emitted.stall(row.id, row.attempts)) this.#finds(row, row.attempts, undefined);
    if (hasEnded(row)) this.#ended(row, row, 'stalled');
  }

  #ended(then: Seen, row: Seen, reason: AbandonReason): void {
    this.#dead.add(row.id);
    if (this.#schema.emitted.end(row.id)) this.#finds(row, then.attempts, reason);
  }

  #finds(row: Seen, attempts: number, reason: AbandonReason | undefined): void {
    this.#found.push({ row, attempts, reason, at: this.#schema.queue(this.#task).now() });
  }
}

/** The job ran, and its lock was taken off without a failure being written: each failure moves `run_at` on by its delay. */
function wasUnlocked(before: Seen, row: Seen): boolean {
  if (before.attempts !== row.attempts || before.updatedAt !== row.updatedAt) return false;
  if (!row.hasFailed || before.runAt === row.runAt) return true;
  const earliest = before.now + retryDelayMillis(row.attempts) - SLACK_MILLIS;
  return row.runAt !== undefined && row.runAt < earliest;
}

/** The job lost its key while it ran, which uses up its attempts: it was removed by key, or superseded by a job of that key. Then it failed. */
function wasRemoved(before: Seen, row: Seen): boolean {
  return before.key !== null && row.key === null && !hasEnded(before) && hasEnded(row);
}

function infoOf(row: Seen): { id: string; maxAttempts: number } {
  return { id: row.id, maxAttempts: row.maxAttempts };
}

function seen(row: Row): Seen {
  return {
    id: String(row.id),
    attempts: Number(row.attempts),
    maxAttempts: Number(row.max_attempts),
    key: row.key,
    runAt: momentOf(row.run_at),
    updatedAt: momentOf(row.updated_at),
    lockedAt: momentOf(row.locked_at),
    hasFailed: row.failed === true,
    now: momentOf(row.now) ?? Date.now(),
  };
}
