import type { Monitor, MonitorOptions } from '../../jobs/index.js';
import { driven } from '../../jobs/monitor-options.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkPositive, optionsOf } from '../../signal/option-checks.js';
import { shown } from '../../signal/signalbox-error.js';
import type { EngineMonitorOptions } from '../common/monitor-options.js';
import { ENGINE_MONITOR_OPTIONS } from '../common/monitor-options.js';
import { ReconcilingMonitor } from '../common/reconciling-monitor.js';
import type { GraphileAdapter } from './adapter.js';
import type { JobsSource } from './database.js';
import { checkSource, crontabsOf, isClosed, jobsOf } from './database.js';
import { carriersOf } from './find-carriers.js';
import { Reconciler } from './reconciler.js';
import { measuresOf } from './task-measures.js';

/** After this time graphile-worker itself treats a lock as void. */
const LOCK_MILLIS = 4 * 3_600_000;

/** How the monitor watches a task. */
export interface GraphileMonitorOptions
  extends EngineMonitorOptions,
    Pick<MonitorOptions, 'scope' | 'totals'> {
  /**
   * Milliseconds after which a lock means that its worker vanished. Default 14 400 000 (4 hours), when the engine takes it off. Give less only if no
   * attempt ever runs as long.
   */
  readonly stalledAfterMillis?: number | undefined;
}

const OPTIONS: OptionNames<GraphileMonitorOptions> = {
  ...ENGINE_MONITOR_OPTIONS,
  scope: true,
  totals: true,
  stalledAfterMillis: true,
};

export function monitorTask(
  adapter: GraphileAdapter,
  source: JobsSource,
  task: string,
  options?: GraphileMonitorOptions,
): Monitor {
  const where = `monitor of task ${shown(task)}`;
  const { stalledAfterMillis = LOCK_MILLIS, ...rest } = optionsOf(where, options, OPTIONS);
  // Infinity is long enough for any attempt.
  if (stalledAfterMillis !== Number.POSITIVE_INFINITY)
    checkPositive(where, 'stalledAfterMillis', stalledAfterMillis);
  const checked = checkSource(where, source);
  const ask = jobsOf(checked, adapter.home.name);
  const measures = measuresOf(ask, task);
  const closed = (error?: unknown): boolean => isClosed(source, error);
  const inner = adapter.home.queue(task).monitor(
    driven({
      ...rest,
      closed,
      depth: async () => (await measures()).depth,
      oldestAgeMillis: async () => (await measures()).oldestAgeMillis,
      schedules: adapter.home.crontabs.listed(crontabsOf(checked, adapter.home.name), task),
    }),
  );
  const carriers = carriersOf(adapter, adapter.home, checked);
  const reconciler = new Reconciler(adapter.home, ask, carriers, task, stalledAfterMillis);
  return new ReconcilingMonitor({
    inner,
    looker: {
      look: async () => {
        if (adapter.core.enabled()) await reconciler.look();
      },
    },
    intervalMillis: rest.intervalMillis ?? 15_000,
    closed,
    report: (error) => adapter.report('reconciliation', error),
  });
}
