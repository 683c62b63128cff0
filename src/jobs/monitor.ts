import type { Core } from '../box/core.js';
import { checkMillis, checkOneOf, optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { ScheduledQueue } from './engine-schedules.js';
import { ListedSchedules } from './engine-schedules.js';
import { EndWindow } from './failure-window.js';
import type { Tally } from './job-counts.js';
import { ageOf, depthOf } from './measure-answers.js';
import type { Depth, MonitorOptions, Totals } from './monitor-options.js';
import { isDriven, MONITOR_OPTIONS } from './monitor-options.js';
import { named, queueValues } from './queue-name.js';
import {
  QUEUE_BACKLOG,
  QUEUE_BACKLOG_CLEARED,
  QUEUE_FAILURE_RATE,
  QUEUE_FAILURE_RATE_CLEARED,
  QUEUE_HEALTH_CHECK,
} from './queue-signals.js';
import type { Looked } from './store-query.js';
import { Look } from './store-query.js';
import type { Threshold } from './thresholds.js';
import { backlogThresholds, failureRateThreshold } from './thresholds.js';

export type { Depth, MonitorOptions, Totals } from './monitor-options.js';

/**
 * Watches one queue: gauges, health checks, backlog and failure rate. One process owns it. It checks each interval from the moment that
 * it is made, by a timer that keeps no process alive.
 */
export interface Monitor {
  /** Ends the checks and the gauges, for good. The monitor does so itself once it finds its queue closed. */
  stop(): void;
  /** One health check now. Never rejects. */
  check(): Promise<void>;
  /** Looks at the backlog alone, at once: call it when the size changes. */
  size(jobs: number): void;
}

/** What the gauges and the enqueues of a queue ask of its monitor. */
export interface Monitored {
  /** How many jobs there are; nothing where that can not be known: it is no trouble of who asks. */
  depth(): Looked<Depth>;
  /** Age of the oldest job in milliseconds, likewise. */
  oldestAgeMillis(): Looked<number>;
  /** Of each measure, whether the last look of the gauges found it. */
  answered(): readonly (readonly [Measure, boolean | Promise<boolean>])[];
  /** Whether it has stopped: by itself too, as it does once its queue is closed. */
  isOver(): boolean;
  size(jobs: number): void;
}

/** What a monitor looks at. */
export type Measure = 'jobs' | 'oldest_age';

export class QueueMonitor implements Monitor, Monitored {
  readonly #options: MonitorOptions;
  readonly #depth: Look<Depth>;
  readonly #oldestAge: Look<number> | undefined;
  readonly #core: Core;
  readonly #queue: ScheduledQueue;
  readonly #schedules: ListedSchedules | undefined;
  readonly #capacity: number | undefined;
  readonly #tally: Tally;
  readonly #backlog: Threshold | undefined;
  readonly #age: Threshold | undefined;
  readonly #failureRate: Threshold | undefined;
  readonly #minimum: number;
  readonly #stopped: () => void;
  #untilShutdown: (() => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #paused = false;
  #over = false;

  constructor(
    core: Core,
    queue: ScheduledQueue,
    capacity: number | undefined,
    tally: Tally,
    given: MonitorOptions,
    stopped: () => void,
  ) {
    const where = `monitor of queue ${named(queue)}`;
    const options = optionsOf(where, given, MONITOR_OPTIONS);
    if (typeof options.depth !== 'function')
      throw new SignalboxError(
        `${where}: \`depth\` is ${shown(options.depth)}. Give a function that returns { waiting, … }.`,
      );
    this.#options = options;
    const failed = (error: unknown): void => this.#failed(error);
    this.#depth = new Look(() => options.depth(), depthOf, failed);
    const { oldestAgeMillis } = options;
    if (oldestAgeMillis) this.#oldestAge = new Look(() => options.oldestAgeMillis?.(), ageOf, failed);
    this.#core = core;
    this.#queue = queue;
    this.#capacity = capacity;
    this.#tally = tally;
    this.#stopped = stopped;
    const { intervalMillis = 15_000 } = options;
    checkMillis(where, 'intervalMillis', intervalMillis);
    const { schedules, scheduleGraceMillis = 300_000 } = options;
    if (scheduleGraceMillis !== false) {
      checkMillis(where, 'scheduleGraceMillis', scheduleGraceMillis);
      if (schedules) this.#schedules = new ListedSchedules(core, queue, scheduleGraceMillis);
    }
    if (options.scope !== undefined) checkOneOf(where, 'scope', options.scope, ['queue', 'process']);
    const { size, age } = backlogThresholds(where, options.backlog, capacity);
    this.#backlog = size;
    this.#age = age;
    const rate = failureRateThreshold(where, options.failureRate);
    this.#minimum = rate?.minimum ?? 0;
    this.#failureRate = rate?.share;
    if (rate) {
      tally.window = new EndWindow(rate.windowMillis);
      tally.onEnd = () => this.#rate();
    }
    if (isDriven(given)) return;
    this.#timer = setInterval(() => void this.check(), intervalMillis);
    (this.#timer as { unref?(): void }).unref?.();
    // The gauges stay for the last collection; what a later check emits would be lost.
    this.#untilShutdown = core.tellAtEnd(() => clearInterval(this.#timer));
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#untilShutdown?.();
    this.#over = true;
    this.#schedules?.stop();
    this.#tally.onEnd = undefined;
    this.#stopped();
  }

  async check(): Promise<void> {
    if (this.isOver() || !this.#core.enabled()) return;
    try {
      this.#core.refresh();
      // Async, so that one that throws at once leaves no other's rejection behind.
      const [depth, age, paused, totals] = await Promise.all([
        (async () => depthOf(await this.#options.depth()))(),
        (async () => ageOf(await this.#options.oldestAgeMillis?.()))(),
        (async () => this.#options.paused?.() ?? false)(),
        (async () => this.#options.totals?.())(),
      ]);
      this.#paused = paused;
      this.#health(depth, age, totals);
      this.size(this.#capacity === undefined ? depth.waiting : depth.waiting + (depth.delayed ?? 0));
      if (age !== undefined) this.#update(this.#age, age, { queue_size: depth.waiting, oldest_age: age });
      this.#rate();
      if (this.#schedules) await this.#lookAtSchedules();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #lookAtSchedules(): Promise<void> {
    const list = await this.#options.schedules?.();
    // The app may have stopped the monitor meanwhile.
    if (!this.#over) this.#schedules?.look(list, this.#paused);
  }

  depth(): Looked<Depth> {
    return this.isOver() ? undefined : this.#depth.now();
  }

  oldestAgeMillis(): Looked<number> {
    return this.isOver() ? undefined : this.#oldestAge?.now();
  }

  answered(): readonly (readonly [Measure, boolean | Promise<boolean>])[] {
    const jobs = ['jobs', this.#depth.answered()] as const;
    return this.#oldestAge ? [jobs, ['oldest_age', this.#oldestAge.answered()]] : [jobs];
  }

  // The app may close the queue while the monitor looks at it; that is no failure.
  #failed(error: unknown): void {
    if (this.isOver(error)) return;
    const queue = named(this.#queue);
    this.#core.report(`monitor:${queue}`, `the monitor of queue ${queue} could not look at it`, error);
  }

  isOver(error?: unknown): boolean {
    try {
      if (!this.#over && this.#options.closed?.(error) === true) this.stop();
    } catch (trouble) {
      this.#core.report(
        'monitor:closed',
        `the monitor cannot find out whether queue ${named(this.#queue)} is closed`,
        trouble,
      );
    }
    return this.#over;
  }

  size(jobs: number): void {
    if (this.#over) return;
    this.#update(this.#backlog, jobs, { queue_size: jobs });
  }

  #health(depth: Depth, age: number | undefined, totals: Totals | undefined): void {
    const tally = this.#tally;
    const { good, bad } = tally.window.sum();
    const values = {
      total_jobs: totals?.total ?? tally.accepted,
      completed_jobs: totals?.completed ?? tally.completed,
      failed_jobs: totals?.abandoned ?? tally.abandoned,
      queue_size: depth.waiting,
      success_rate: good + bad === 0 ? undefined : good / (good + bad),
      retries: totals?.retries ?? tally.retries,
      delayed: depth.delayed,
      active: depth.active,
      oldest_age: age,
      scope: this.#options.scope ?? 'process',
      ...queueValues(this.#queue),
    };
    this.#core.emit(QUEUE_HEALTH_CHECK, values, { context: this.#core.rootContext() });
  }

  #update(
    threshold: Threshold | undefined,
    value: number,
    values: { queue_size: number; oldest_age?: number },
  ): void {
    // A paused queue grows because someone wants it to; what was raised before may still clear.
    if (!threshold || (this.#paused && !threshold.raised)) return;
    const change = threshold.update(value);
    if (change === undefined) return;
    const all = {
      ...values,
      ...(this.#capacity === undefined ? {} : { queue_capacity: this.#capacity }),
      ...queueValues(this.#queue),
    };
    this.#core.emit(change === 'raised' ? QUEUE_BACKLOG : QUEUE_BACKLOG_CLEARED, all, {
      context: this.#core.rootContext(),
    });
  }

  #rate(): void {
    const threshold = this.#failureRate;
    if (!threshold) return;
    const { good, bad } = this.#tally.window.sum();
    const total = good + bad;
    if (total < this.#minimum && !threshold.raised) return;
    const rate = total === 0 ? 0 : bad / total;
    const change = threshold.update(rate);
    if (change === undefined) return;
    const values = { failure_rate: rate, failed_jobs: bad, total_jobs: total, ...queueValues(this.#queue) };
    this.#core.emit(change === 'raised' ? QUEUE_FAILURE_RATE : QUEUE_FAILURE_RATE_CLEARED, values, {
      context: this.#core.rootContext(),
    });
  }
}
