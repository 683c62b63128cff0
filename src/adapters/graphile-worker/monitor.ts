import type { Monitor, MonitorOptions } from '../../jobs/index.js';
import { SignalboxError, shown } from '../../signal/problem.js';
import type { Adapter } from './adapter.js';
import type { JobsSource } from './database.js';
import { checkSource, jobsOf } from './database.js';
import { standingOf } from './depth.js';
import { Reconciler } from './reconciler.js';

/** After this graphile-worker itself takes a lock for void. */
const LOCK_MILLIS = 4 * 3_600_000;

/** How a task is watched. */
export type GraphileMonitorOptions = Omit<MonitorOptions, 'depth' | 'oldestAgeMillis' | 'paused'> & {
  /**
   * Milliseconds after which a lock means that its worker vanished. Default 14 400 000 (4 hours), when the engine takes it off. Less
   * only where no attempt ever runs as long.
   */
  readonly stalledAfterMillis?: number | undefined;
};

export function monitorTask(
  adapter: Adapter,
  source: JobsSource,
  task: string,
  options: GraphileMonitorOptions,
): Monitor {
  const where = `monitor of task ${shown(task)}`;
  const { stalledAfterMillis = LOCK_MILLIS, ...rest } = options;
  if (!(typeof stalledAfterMillis === 'number' && stalledAfterMillis > 0))
    throw new SignalboxError(
      `${where}: stalledAfterMillis is ${shown(stalledAfterMillis)}. Give a number above 0, in milliseconds.`,
    );
  const ask = jobsOf(checkSource(where, source), adapter.schema);
  const standing = standingOf(ask, task);
  const inner = adapter.queue(task).monitor({
    ...rest,
    depth: async () => (await standing()).depth,
    oldestAgeMillis: async () => (await standing()).oldestAgeMillis,
  });
  return new ReconcilingMonitor(adapter, inner, new Reconciler(adapter, ask, task, stalledAfterMillis), rest);
}

class ReconcilingMonitor implements Monitor {
  readonly #adapter: Adapter;
  readonly #inner: Monitor;
  readonly #reconciler: Reconciler;
  readonly #interval: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #checking: Promise<void> | undefined;
  #stopped = false;

  constructor(
    adapter: Adapter,
    inner: Monitor,
    reconciler: Reconciler,
    options: Pick<MonitorOptions, 'intervalMillis'>,
  ) {
    this.#adapter = adapter;
    this.#inner = inner;
    this.#reconciler = reconciler;
    this.#interval = options.intervalMillis ?? 15_000;
  }

  start(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    void this.check();
    this.#timer = setInterval(() => void this.check(), this.#interval);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stopped = true;
    this.#inner.stop();
  }

  // A database that does not answer holds one check, not one for each interval.
  check(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  size(jobs: number): void {
    this.#inner.size(jobs);
  }

  async #check(): Promise<void> {
    try {
      await this.#reconciler.look();
    } catch (error) {
      this.#adapter.report('reconciliation', error);
    }
    await this.#inner.check();
  }
}
