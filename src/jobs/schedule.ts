import type { Core } from '../box/core.js';
import type { OptionNames } from '../signal/option-checks.js';
import { checkMillis, LONGEST_MILLIS, optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Schedules } from './box-schedules.js';
import { cronTicks } from './cron-ticks.js';
import type { Ticks } from './interval-ticks.js';
import { intervalTicks } from './interval-ticks.js';
import { ScheduleWatch } from './missed-ticks.js';
import { momentOf } from './scalar.js';
import { typeOf } from './type-label.js';
import { WatchedSchedule } from './watched-schedule.js';

/** When a schedule is due, and whose jobs are its. One of `everyMillis` and `cron` is needed. */
export interface ScheduleOptions {
  /** Milliseconds from one tick to the next at most: each is counted from when the last one came. */
  readonly everyMillis?: number | undefined;
  /** A cron expression of five fields, or six with seconds first. Needs the package `cron-parser`, which BullMQ and pg-boss bring. */
  readonly cron?: string | undefined;
  /** The time zone of `cron`, as in `'Europe/Berlin'`. Default: the process's own. */
  readonly timeZone?: string | undefined;
  /** Milliseconds that a tick may be late. Default 60 000. */
  readonly graceMillis?: number | undefined;
  /** The queue of its jobs. Default: any of the same system. */
  readonly queue?: string | undefined;
  /** The namespace of that queue. Default: any. */
  readonly namespace?: string | undefined;
  /** The type of its jobs; of jobs without one, the name of their queue. Default: the schedule's name. */
  readonly type?: string | undefined;
}

/** A schedule that is watched. Nothing of it throws. */
export interface Schedule {
  readonly name: string;
  /** One of its ticks came, where that is not seen here: at `at`, in epoch milliseconds. Default: now. */
  came(at?: number): void;
  /** A run of it ended well, where that is not seen here: at `at`, in epoch milliseconds. Default: now. */
  completed(at?: number): void;
  /** Ends the watch and its gauge, for good. */
  stop(): void;
}

const OPTIONS: OptionNames<ScheduleOptions> = {
  everyMillis: true,
  cron: true,
  timeZone: true,
  graceMillis: true,
  queue: true,
  namespace: true,
  type: true,
};

/** A clock that is set, and a process that slept, is noticed by then. */
const LONGEST_WAIT_MILLIS = 60_000;

/** Watches a schedule. Throws a SignalboxError on misuse. */
export function watchSchedule(
  core: Core,
  schedules: Schedules,
  system: string,
  name: string,
  given: ScheduleOptions,
): Schedule {
  const where = `schedule ${shown(name)}`;
  const options = optionsOf(where, given, OPTIONS);
  const { queue, namespace, type = name, graceMillis = 60_000 } = options;
  for (const [option, value] of Object.entries({ queue, namespace, type })) checkText(where, option, value);
  checkMillis(where, 'graceMillis', graceMillis);
  const now = core.now();
  const ticks = ticksOf(where, options, now);
  const id = { name, system, queue, namespace };
  if (schedules.has(id))
    throw new SignalboxError(
      `${where}: this process watches the schedule already. Stop that watch first, or use it.`,
    );
  if (schedules.isFull)
    throw new SignalboxError(`${where}: the box watches 500 schedules already. Stop those that are gone.`);
  const watched = new WatchedSchedule(core, id, {
    isOf: (of, job) =>
      (queue === undefined || of.name === queue) &&
      (namespace === undefined || of.namespace === namespace) &&
      (typeOf(of, job) ?? of.name) === type,
    watch: new ScheduleWatch(ticks, graceMillis, now),
    isTheApps: true,
  });
  const remove = schedules.add(watched);
  const stopTimer = keepLooking(core, watched);
  // A box that is shut down loses what is emitted, so its shutdown stops the timer.
  const untilShutdown = core.tellAtEnd(stopTimer);
  return {
    name,
    came: (at) => watched.came(momentOf(at) ?? core.now()),
    completed: (at) => watched.completed(momentOf(at) ?? core.now()),
    stop: () => {
      stopTimer();
      untilShutdown();
      remove();
    },
  };
}

function ticksOf(where: string, { everyMillis, cron, timeZone }: ScheduleOptions, now: number): Ticks {
  if (everyMillis !== undefined && cron !== undefined)
    throw new SignalboxError(
      `${where}: \`everyMillis\` is ${shown(everyMillis)} and \`cron\` is ${shown(cron)}. Give one of the two.`,
    );
  if (cron !== undefined) return cronTicks(where, cron, timeZone);
  if (timeZone !== undefined)
    throw new SignalboxError(
      `${where}: \`timeZone\` is ${shown(timeZone)}, and \`cron\` is not given. An interval has no time zone: leave it out.`,
    );
  if (everyMillis === undefined)
    throw new SignalboxError(
      `${where}: neither \`everyMillis\` nor \`cron\` is given. Say when it is due, as in { cron: '0 3 * * *' }.`,
    );
  checkMillis(where, 'everyMillis', everyMillis);
  return intervalTicks(everyMillis, now);
}

function checkText(where: string, option: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw new SignalboxError(
    `${where}: \`${option}\` is ${shown(value)}. Give a non-empty string, or leave it out.`,
  );
}

/** Looks whenever a tick may be missed, until what it returns is called. */
function keepLooking(core: Core, watched: WatchedSchedule): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const wait = (): void => {
    const left = (watched.looksAt ?? LONGEST_MILLIS) - core.now();
    timer = setTimeout(look, Math.min(Math.max(Math.ceil(left), 1), LONGEST_WAIT_MILLIS));
    (timer as { unref?(): void }).unref?.();
  };
  const look = (): void => {
    try {
      watched.look(false);
    } catch (error) {
      core.report('schedules', `the box could not look at schedule ${shown(watched.id.name)}`, error);
    }
    // What is told may have it stopped.
    if (!isOver) wait();
  };
  wait();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
