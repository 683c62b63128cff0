import type { MonitorOptions, QueueTelemetry } from 'signalbox/jobs';
import { quadraticBackoff } from './after-failure.js';

/** How a job queue is set up. */
export interface JobQueueOptions {
  /** Where it tells what happens. */
  telemetry: QueueTelemetry;
  /** Jobs that it holds at most: waiting, delayed, or waiting for a retry. Those that run are not counted. */
  capacity: number;
  /** Handlers that run at a time. With 0 it takes jobs and runs none. */
  workers: number;
  /** Milliseconds from the n-th failed attempt of a job to its next. Default n² seconds. */
  backoffMillis?: (failedAttempt: number) => number;
  /** The time limit of an attempt. Default none. */
  timeoutMillis?: number;
  /** How many later jobs of higher priority may run before a job that waits. Default any number. */
  ageing?: number;
  /** Intervals and thresholds of the queue's monitor, where its defaults do not fit. */
  monitor?: Partial<MonitorOptions>;
}

/** The options with nothing left open. */
export type Settings = Required<Omit<JobQueueOptions, 'monitor'>> & Pick<JobQueueOptions, 'monitor'>;

/** Checks the options and fills in the defaults. Throws a TypeError that names the value and the fix. */
export function readOptions(options: JobQueueOptions): Settings {
  const { capacity, workers, backoffMillis = quadraticBackoff } = options;
  const { timeoutMillis = Number.POSITIVE_INFINITY, ageing = Number.POSITIVE_INFINITY } = options;
  check('capacity', capacity, Number.isSafeInteger(capacity) && capacity > 0, 'a positive integer');
  check('workers', workers, Number.isSafeInteger(workers) && workers >= 0, 'an integer, 0 or more');
  check(
    'backoffMillis',
    backoffMillis,
    typeof backoffMillis === 'function',
    'a function of the failed attempt',
  );
  check(
    'timeoutMillis',
    timeoutMillis,
    typeof timeoutMillis === 'number' && timeoutMillis > 0,
    'a positive number of milliseconds',
  );
  check(
    'ageing',
    ageing,
    ageing === Number.POSITIVE_INFINITY || (Number.isSafeInteger(ageing) && ageing >= 0),
    'an integer, 0 or more',
  );
  return { ...options, backoffMillis, timeoutMillis, ageing };
}

function check(option: string, value: unknown, good: boolean, wanted: string): void {
  if (good) return;
  const shown = typeof value === 'number' ? String(value) : `of type ${typeof value}`;
  throw new TypeError(`${option} of a job queue is ${shown}; give ${wanted}`);
}
