import type { MonitorOptions } from '../../jobs/index.js';
import type { OptionNames } from '../../signal/option-checks.js';

/** What an adapter's monitor takes beside its queue: the engine says what the queue holds. */
export type EngineMonitorOptions = Pick<
  MonitorOptions,
  'intervalMillis' | 'backlog' | 'failureRate' | 'scheduleGraceMillis'
>;

export const ENGINE_MONITOR_OPTIONS: OptionNames<EngineMonitorOptions> = {
  intervalMillis: true,
  backlog: true,
  failureRate: true,
  scheduleGraceMillis: true,
};
