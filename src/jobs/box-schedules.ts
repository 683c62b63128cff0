import type { Core } from '../box/core.js';
import type { JobInfo } from './job.js';
import { SCHEDULE_MISSED } from './schedule-signals.js';
import { METRIC } from './semconv.js';
import type { JobsQueue, ScheduleName, WatchedSchedule } from './watched-schedule.js';

/** The most schedules that one box watches, because each has a metric series of its own. */
const MOST = 500;

/** The schedules that a box watches, and the jobs here that may be theirs. */
export class Schedules {
  readonly #watched = new Map<string, WatchedSchedule>();

  get isFull(): boolean {
    return this.#watched.size >= MOST;
  }

  /** Whether the app watches one that has all of this name. */
  has(id: ScheduleName): boolean {
    return this.#watched.get(keyOf(id))?.isTheApps === true;
  }

  /** Whether one of this name is watched whose jobs may be of this queue. */
  covers(id: ScheduleName): boolean {
    return [...this.#watched.values()].some((one) => mayBe(one.id, id));
  }

  /** Whether the app itself watches this schedule. */
  coversTheApps(id: ScheduleName): boolean {
    return [...this.#watched.values()].some((one) => one.isTheApps && mayBe(one.id, id));
  }

  /** Watches a schedule until the returned function is called. */
  add(schedule: WatchedSchedule): () => void {
    const key = keyOf(schedule.id);
    this.#watched.set(key, schedule);
    return () => {
      if (this.#watched.get(key) === schedule) this.#watched.delete(key);
    };
  }

  began(queue: JobsQueue, attempt: object, job: JobInfo, number: number | undefined, at: number): void {
    if (this.#watched.size === 0) return;
    for (const one of this.#of(queue, job)) one.began(attempt, job, number, at);
  }

  queued(queue: JobsQueue, job: JobInfo, at: number): void {
    if (this.#watched.size === 0) return;
    for (const one of this.#of(queue, job)) one.queued(job, at);
  }

  ended(queue: JobsQueue, attempt: object, job: JobInfo): void {
    if (this.#watched.size === 0) return;
    for (const one of this.#of(queue, job)) one.ended(attempt);
  }

  completed(queue: JobsQueue, job: JobInfo, at: number): void {
    if (this.#watched.size === 0) return;
    for (const one of this.#of(queue, job)) one.completed(at);
  }

  /** Registers the gauge for the age of the last good end of each schedule. */
  observe(core: Core): void {
    core.observe(
      {
        type: 'observableGauge',
        name: METRIC.scheduleCompletedAge,
        unit: 's',
        description: 'Time since a run of the schedule last ended well',
        signals: [SCHEDULE_MISSED],
      },
      (result) => {
        for (const { completedAge, labels } of this.#watched.values()) {
          if (completedAge === undefined) result.unknown(labels);
          else result.observe(completedAge / 1000, labels);
        }
      },
    );
  }

  *#of(queue: JobsQueue, job: JobInfo): Generator<WatchedSchedule> {
    for (const one of this.#watched.values())
      if (one.id.system === queue.system && one.isOf(queue, job)) yield one;
  }
}

function mayBe(watched: ScheduleName, { name, system, queue, namespace }: ScheduleName): boolean {
  return (
    watched.name === name &&
    watched.system === system &&
    (watched.queue ?? queue) === queue &&
    (watched.namespace ?? namespace) === namespace
  );
}

function keyOf({ system, name, queue, namespace }: ScheduleName): string {
  return JSON.stringify([system, name, queue, namespace]);
}
