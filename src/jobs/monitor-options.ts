import type { OptionNames } from '../signal/option-checks.js';
import type { ListedSchedule } from './engine-schedules.js';

/** How many jobs a queue holds, by state. What an engine does not say is left out. */
export interface Depth {
  /** Could run now. */
  readonly waiting: number;
  /** Waits for its time, retries included. */
  readonly delayed?: number | undefined;
  readonly active?: number | undefined;
  /** Waits for something else (its children). */
  readonly blocked?: number | undefined;
  readonly paused?: number | undefined;
}

/** How a queue is looked at. */
export interface MonitorOptions {
  readonly depth: () => Depth | Promise<Depth>;
  /** Age in milliseconds of the oldest job that could run now; 0 when there is none; undefined when it is not known. */
  readonly oldestAgeMillis?: (() => number | undefined | Promise<number | undefined>) | undefined;
  /** A paused queue has no backlog. Default: never. */
  readonly paused?: (() => boolean | Promise<boolean>) | undefined;
  /** Whether the queue is closed: the monitor stops then. Asked before each look, and with what a look threw. Default: never. */
  readonly closed?: ((error?: unknown) => boolean) | undefined;
  /** Whether the health check's totals are the whole queue's or this process's. Default `'process'`. */
  readonly scope?: 'queue' | 'process' | undefined;
  /** The queue's own totals, where the engine counts them. Default: what this process saw. */
  readonly totals?: (() => Totals | Promise<Totals>) | undefined;
  /** What runs on a schedule in this queue, as its engine lists it: each is watched. Default: none is known. */
  readonly schedules?: (() => readonly ListedSchedule[] | Promise<readonly ListedSchedule[]>) | undefined;
  /** Milliseconds that a tick of those may be late; `false`: none is watched. Default 300 000. */
  readonly scheduleGraceMillis?: number | false | undefined;
  /** Milliseconds between health checks. Default 15 000. */
  readonly intervalMillis?: number | undefined;
  /** When QUEUE_BACKLOG is raised, and cleared. Default: 0.8 and 0.6 of the capacity; never where there is none. */
  readonly backlog?: false | BacklogOptions | undefined;
  /** When QUEUE_FAILURE_RATE is raised, and cleared. Default: 0.2 of at least 10 ends in 300 000 ms, and 0.1. */
  readonly failureRate?: false | FailureRateOptions | undefined;
}

/** When a queue has a backlog. */
export interface BacklogOptions {
  /** Waiting jobs at which it is raised. Default: 0.8 of the capacity; never where there is none. */
  readonly size?: number | undefined;
  /** Waiting jobs at which it is cleared. Default: 0.6 of the capacity, else 0.75 of the size. */
  readonly clear?: number | undefined;
  /** Age of the oldest job in milliseconds at which it is raised; it is cleared at three quarters. Default: never. */
  readonly ageMillis?: number | undefined;
}

/** When too many jobs of a queue are abandoned. */
export interface FailureRateOptions {
  /** The share of ends at which it is raised. Default 0.2. */
  readonly threshold?: number | undefined;
  /** The share at which it is cleared. Default 0.1. */
  readonly clear?: number | undefined;
  /** Ends that there must be. Default 10. */
  readonly minimum?: number | undefined;
  /** Over how many milliseconds they are counted. Default 300 000. */
  readonly windowMillis?: number | undefined;
}

/** Totals of a queue since some beginning. */
export interface Totals {
  readonly total: number;
  readonly completed: number;
  readonly abandoned: number;
  readonly retries?: number | undefined;
}

export const MONITOR_OPTIONS: OptionNames<MonitorOptions> = {
  depth: true,
  oldestAgeMillis: true,
  paused: true,
  closed: true,
  scope: true,
  totals: true,
  schedules: true,
  scheduleGraceMillis: true,
  intervalMillis: true,
  backlog: true,
  failureRate: true,
};

const DRIVEN: unique symbol = Symbol.for('signalbox.monitor.driven') as never;

interface DrivenOptions extends MonitorOptions {
  readonly [DRIVEN]?: true;
}

/** The options of a monitor whose checks another monitor makes: it has no timer of its own. */
export function driven(options: MonitorOptions): MonitorOptions {
  const marked: DrivenOptions = { ...options, [DRIVEN]: true };
  return marked;
}

/** Whether another one has a monitor of these options check. */
export function isDriven(options: MonitorOptions): boolean {
  return (options as DrivenOptions)[DRIVEN] === true;
}

export const BACKLOG_OPTIONS: OptionNames<BacklogOptions> = { size: true, clear: true, ageMillis: true };

export const FAILURE_RATE_OPTIONS: OptionNames<FailureRateOptions> = {
  threshold: true,
  clear: true,
  minimum: true,
  windowMillis: true,
};
