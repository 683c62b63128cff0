import type { Attributes } from '@opentelemetry/api';
import type { Core } from '../box/core.js';
import type { JobInfo } from './job.js';
import type { ScheduleWatch } from './missed-ticks.js';
import type { QueueName } from './queue-name.js';
import { SCHEDULE_MISSED } from './schedule-signals.js';
import { ATTR } from './semconv.js';
import type { KnownTypes } from './type-label.js';

/** What distinguishes a schedule from others. */
export interface ScheduleName {
  readonly name: string;
  readonly system: string;
  readonly queue: string | undefined;
  readonly namespace: string | undefined;
}

/** A queue, as what is asked whether a job of it is a schedule's. */
export interface JobsQueue extends QueueName, KnownTypes {
  readonly system: string;
}

/** Signals of one schedule come no closer than this: the next one has the ticks of in between. */
const APART_MILLIS = 60_000;

/** Jobs that are remembered as counted: what was put in and then began is one tick's. */
const REMEMBERED = 16;

/** What of a job was seen since its tick: the same once more is another tick's, where ids are used again. */
type Seen = Partial<Record<'queued' | 'began', true>>;

/** A schedule that is watched: what came of it, what runs, when it ended well. */
export class WatchedSchedule {
  readonly id: ScheduleName;
  readonly labels: Attributes;
  readonly isOf: (queue: JobsQueue, job: JobInfo) => boolean;
  readonly watch: ScheduleWatch;
  /** Whether the app named it, and jobs that begin, and are put in, here are its ticks. Else its engine lists it, and tells of them. */
  readonly isTheApps: boolean;
  readonly #core: Core;
  readonly #running = new Set<object>();
  readonly #counted = new Map<string, Seen>();
  /** Epoch milliseconds. */
  #completedAt: number | undefined;
  #lookedAt: number;
  /** Ticks fell due since it is held. */
  #hasPassed = false;
  #tellsAt = Number.NEGATIVE_INFINITY;

  constructor(
    core: Core,
    id: ScheduleName,
    { isOf, watch, isTheApps }: Pick<WatchedSchedule, 'isOf' | 'watch' | 'isTheApps'>,
  ) {
    this.#core = core;
    this.id = id;
    this.isOf = isOf;
    this.watch = watch;
    this.isTheApps = isTheApps;
    this.#lookedAt = core.now();
    this.labels = {
      [ATTR.system]: id.system,
      [ATTR.scheduleName]: id.name,
      ...(id.queue === undefined ? {} : { [ATTR.queue]: id.queue }),
      ...(id.namespace === undefined ? {} : { [ATTR.namespace]: id.namespace }),
    };
  }

  /** Milliseconds since it last ended well; undefined where that is not known. */
  get completedAge(): number | undefined {
    if (this.#completedAt === undefined) return undefined;
    const now = this.#core.now();
    return Math.max(0, now - (this.#completedAt + this.#core.shiftOf(this.#completedAt)));
  }

  /** A tick of it came. */
  came(at: number): void {
    this.#follow();
    this.watch.came(at);
  }

  began(attempt: object, job: JobInfo, number: number | undefined, at: number): void {
    if (!this.isTheApps) return;
    // What begins again is no tick.
    if (number === undefined || number === 1) this.#count('began', job.id, number === 1, at);
    this.#running.add(attempt);
  }

  queued(job: JobInfo, at: number): void {
    if (this.isTheApps) this.#count('queued', job.id, true, at);
  }

  ended(attempt: object): void {
    if (this.#running.delete(attempt)) this.#release(this.#core.now());
  }

  completed(at: number): void {
    if (this.#completedAt === undefined || at > this.#completedAt) this.#completedAt = at;
  }

  /** Judges what is due by now, and tells what was missed. Where `isHeld`, what is due is no miss. */
  look(isHeld: boolean): void {
    const now = this.#follow();
    if (isHeld || this.#running.size > 0 || !this.#core.enabled()) {
      this.#hasPassed = this.watch.passOver(now) || this.#hasPassed;
    } else {
      if (this.#hasPassed) this.#release(now);
      this.watch.judge(now);
    }
    if (this.watch.missed === 0 || now < this.#tellsAt) return;
    const { ticks, dueAt } = this.watch.take();
    this.#tellsAt = now + APART_MILLIS;
    const { name: schedule, ...rest } = this.id;
    const values = { schedule, missed: ticks, due_at: Math.round(dueAt), ...rest };
    this.#core.emit(SCHEDULE_MISSED, values, { context: this.#core.rootContext() });
  }

  /** When there is something to look at, in epoch milliseconds; undefined where there is nothing. */
  get looksAt(): number | undefined {
    return this.watch.missed > 0 ? this.#tellsAt : this.watch.judgesAt;
  }

  // A run that went on over a tick was what came of it, and the next one is due after that.
  #release(now: number): void {
    if (this.#hasPassed) this.watch.restart(now);
    else this.watch.passOver(now);
    this.#hasPassed = false;
  }

  // Ticks that the clock was set over did not happen: it begins anew.
  #follow(): number {
    const shift = this.#core.shiftOf(this.#lookedAt);
    const now = this.#core.now();
    if (shift !== 0) {
      this.watch.restart(now);
      this.#tellsAt += shift;
    }
    this.#lookedAt = now;
    return now;
  }

  /** @param isFirst Of this job that is known to be its first of this kind. */
  #count(kind: keyof Seen, id: string | undefined, isFirst: boolean, at: number): void {
    if (id !== undefined) {
      const seen = this.#counted.get(id);
      if (seen && (!seen[kind] || !isFirst)) {
        seen[kind] = true;
        return;
      }
      this.#counted.delete(id);
      this.#counted.set(id, { [kind]: true });
      for (const oldest of this.#counted.keys()) {
        if (this.#counted.size <= REMEMBERED) break;
        this.#counted.delete(oldest);
      }
    }
    this.came(at);
  }
}
