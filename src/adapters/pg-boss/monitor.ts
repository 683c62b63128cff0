import type { Monitor } from '../../jobs/monitor.js';
import { driven } from '../../jobs/monitor-options.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkSwitch, optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import type { EngineMonitorOptions } from '../common/monitor-options.js';
import { ENGINE_MONITOR_OPTIONS } from '../common/monitor-options.js';
import { ReconcilingMonitor } from '../common/reconciling-monitor.js';
import { sharedLook } from '../common/shared-query.js';
import type { ObservedBoss } from './boss-state.js';
import { Reconciler } from './reconciler.js';
import { schedulesOf } from './schedules.js';

/** How the monitor looks at a queue of pg-boss. It reads from pg-boss's table what the queue holds. */
export interface PgBossMonitorOptions extends EngineMonitorOptions {
  /**
   * Whether the monitor emits the ends for which pg-boss has no event: JOB_ABANDONED with the reason `stalled` for jobs whose worker vanished in
   * their last attempt, and with the reason `expired` for jobs that pg-boss deleted because they never ran in their time (`retentionSeconds`). For
   * the latter it looks at the 1,000 waiting jobs of the queue that pg-boss would delete first. A job has expired if one look has seen it and the
   * next one has not, and its time is up, unless it may have ended elsewhere and been deleted since (`deleteAfterSeconds`). The monitor does not emit
   * what another process deletes: it may have ended well before. Default `true`.
   */
  readonly reconcile?: boolean | undefined;
}

const OPTIONS: OptionNames<PgBossMonitorOptions> = { ...ENGINE_MONITOR_OPTIONS, reconcile: true };

export function monitorQueue(observed: ObservedBoss, name: string, options?: PgBossMonitorOptions): Monitor {
  const queue = observed.queue(name);
  if (!queue)
    throw new SignalboxError(`monitor: the name of the queue is ${shown(name)}. Give a non-empty string.`);
  const measures = sharedLook(() => observed.table.measures(name));
  const closed = (): boolean => observed.stopping || observed.stopped;
  const where = `monitor of queue ${shown(name)}`;
  const own = optionsOf(where, options, OPTIONS);
  const { intervalMillis = 15_000, backlog, failureRate, scheduleGraceMillis, reconcile = true } = own;
  checkSwitch(where, 'reconcile', reconcile);
  const inner = queue.monitor(
    driven({
      depth: async () => (await measures()).depth,
      oldestAgeMillis: async () => (await measures()).oldestAgeMillis,
      intervalMillis,
      backlog,
      failureRate,
      schedules: schedulesOf(observed, name),
      scheduleGraceMillis,
      closed,
    }),
  );
  return new ReconcilingMonitor({
    inner,
    looker: reconcile ? new Reconciler(observed, queue, intervalMillis) : undefined,
    intervalMillis,
    closed,
    report: (error) =>
      observed.core.report(
        `pg-boss:reconcile:${name}`,
        `the monitor could not look for ends in queue '${name}'`,
        error,
      ),
  });
}
