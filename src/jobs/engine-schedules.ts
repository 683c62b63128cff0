import type { Core } from '../box/core.js';
import { shown } from '../signal/signalbox-error.js';
import type { Schedules } from './box-schedules.js';
import { cronTicks } from './cron-ticks.js';
import type { Ticks } from './interval-ticks.js';
import { intervalTicks } from './interval-ticks.js';
import { ScheduleWatch } from './missed-ticks.js';
import { named } from './queue-name.js';
import { momentOf, numberOf } from './scalar.js';
import type { JobsQueue } from './watched-schedule.js';
import { WatchedSchedule } from './watched-schedule.js';

/** A schedule as the engine of a queue lists it. Moments in epoch milliseconds. */
export interface ListedSchedule {
  /** What distinguishes it from the queue's others. */
  readonly name: string;
  /** When it is due: one of `everyMillis`, `cron` and `next`. */
  readonly everyMillis?: number | undefined;
  readonly cron?: string | undefined;
  /** Of `cron`. Default: the process's own. */
  readonly timeZone?: string | undefined;
  /** The first tick after a moment, for schedules without `everyMillis` and `cron`. Return undefined if it is unknown. */
  readonly next?: ((after: number) => number | undefined) | undefined;
  /** Its ticks up to this moment came. */
  readonly cameAt?: number | undefined;
  /** When a run of it last ended well. */
  readonly completedAt?: number | undefined;
  /** A run of the schedule is under way, or will be: a tick that falls due meanwhile is not missed. */
  readonly isRunning?: boolean | undefined;
  /** The prefix of its jobs' ids: a job with it that ends well here counts as a good end. `''`: all jobs of the queue. Default: no jobs. */
  readonly idPrefix?: string | undefined;
}

/** A queue whose engine lists schedules, and those that its box watches. */
export interface ScheduledQueue extends JobsQueue {
  readonly schedules: Schedules;
}

/** The most schedules of one queue that a box watches, because each has a metric series of its own. */
const MOST = 100;

function isListed(given: unknown): given is ListedSchedule {
  const { name } = (given ?? {}) as { readonly name?: unknown };
  return typeof name === 'string' && name !== '';
}

/** The ticks of a schedule as it was listed last. */
interface Following {
  readonly spec: string;
  readonly watched: WatchedSchedule;
  listed: ListedSchedule;
  readonly remove: () => void;
}

/** Watches what the engine of a queue lists, look by look. */
export class ListedSchedules {
  readonly #core: Core;
  readonly #queue: ScheduledQueue;
  readonly #grace: number;
  readonly #following = new Map<string, Following>();
  readonly #refused = new Set<string>();

  constructor(core: Core, queue: ScheduledQueue, graceMillis: number) {
    this.#core = core;
    this.#queue = queue;
    this.#grace = graceMillis;
  }

  /** What was listed just now; `isHeld` where the queue is paused. */
  look(given: unknown, isHeld: boolean): void {
    if (!Array.isArray(given)) throw new TypeError(`schedules gave ${shown(given)}. Return a list.`);
    const list = (given as readonly unknown[]).filter(isListed);
    const names = new Set(list.map(({ name }) => name));
    for (const [name, { remove }] of this.#following) {
      if (names.has(name)) continue;
      remove();
      this.#following.delete(name);
    }
    for (const listed of list) this.#one(listed, isHeld);
  }

  stop(): void {
    for (const { remove } of this.#following.values()) remove();
    this.#following.clear();
  }

  #one(listed: ListedSchedule, isHeld: boolean): void {
    const following = this.#follow(listed);
    if (!following) return;
    const { watched } = following;
    if (listed.next !== following.listed.next) watched.watch.reread();
    following.listed = listed;
    const came = momentOf(listed.cameAt);
    if (came !== undefined) watched.watch.cameThrough(came);
    const completed = momentOf(listed.completedAt);
    if (completed !== undefined) watched.completed(completed);
    watched.look(isHeld || listed.isRunning === true);
  }

  #follow(listed: ListedSchedule): Following | undefined {
    const { name } = listed;
    const { schedules, system, name: queue, namespace } = this.#queue;
    if (schedules.coversTheApps({ name, system, queue, namespace })) {
      this.#following.get(name)?.remove();
      this.#following.delete(name);
      return undefined;
    }
    const spec = JSON.stringify([
      listed.everyMillis,
      listed.cron,
      listed.timeZone,
      listed.next !== undefined,
    ]);
    const known = this.#following.get(name);
    if (known?.spec === spec) return known;
    // Somebody changed the schedule: from now on it has other ticks.
    known?.remove();
    this.#following.delete(name);
    return this.#begin(name, spec, listed);
  }

  #begin(name: string, spec: string, listed: ListedSchedule): Following | undefined {
    const { schedules, system, name: queue, namespace } = this.#queue;
    const id = { name, system, queue, namespace };
    // The app watches this schedule itself.
    if (schedules.covers(id)) return undefined;
    if (this.#following.size >= MOST || schedules.isFull) {
      this.#tooMany();
      return undefined;
    }
    let following: Following | undefined;
    const ticks = this.#ticksOf(name, spec, listed, (after) => following?.listed.next?.(after));
    if (!ticks) return undefined;
    const watched = new WatchedSchedule(this.#core, id, {
      isOf: (of, { id: jobId = '' }) => {
        const prefix = following?.listed.idPrefix;
        return of === this.#queue && prefix !== undefined && jobId.startsWith(prefix);
      },
      watch: new ScheduleWatch(ticks, this.#grace, this.#core.now()),
      isTheApps: false,
    });
    following = { spec, watched, listed, remove: schedules.add(watched) };
    this.#following.set(name, following);
    return following;
  }

  #ticksOf(
    name: string,
    spec: string,
    { everyMillis, cron, timeZone, next }: ListedSchedule,
    nextNow: (after: number) => number | undefined,
  ): Ticks | undefined {
    if (next) return { after: nextNow, earlyMillis: 0 };
    const every = numberOf(everyMillis);
    if (every !== undefined && every > 0) return intervalTicks(every, this.#core.now());
    if (this.#refused.has(spec)) return undefined;
    try {
      const ticks = cronTicks(`the schedule '${name}' of queue ${named(this.#queue)}`, cron, timeZone);
      // The engine's list says exactly which ticks came.
      return { ...ticks, earlyMillis: 0 };
    } catch (error) {
      if (this.#refused.size < MOST) this.#refused.add(spec);
      this.#core.report(
        `schedules:${name}`,
        'the box does not watch a schedule that the engine lists',
        error,
      );
      return undefined;
    }
  }

  #tooMany(): void {
    const queue = named(this.#queue);
    this.#core.report(
      `schedules:many:${queue}`,
      `queue ${queue} has more schedules than the box watches: it watches the first ${MOST} of a queue, and 500 in all`,
    );
  }
}
