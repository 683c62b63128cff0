import type { Report } from '../delivery/report.js';
import type { OptionNames } from '../signal/option-checks.js';
import { optionsOf } from '../signal/option-checks.js';

/** How long a flush or a shutdown may take. */
export interface DeadlineOptions {
  /** In milliseconds. Default 5000. */
  readonly timeoutMillis?: number;
}

const DEADLINE_OPTIONS: OptionNames<DeadlineOptions> = { timeoutMillis: true };

/** The requested time limit. The callers never reject, so wrong options are reported. */
export function timeoutOf(
  where: string,
  given: DeadlineOptions | undefined,
  report: Report,
): number | undefined {
  const asked: unknown = given;
  // Node.js passes the name of the signal to a listener: `process.once('SIGTERM', box.shutdown)`.
  if (asked === null || typeof asked === 'string') return undefined;
  try {
    return optionsOf(where, given, DEADLINE_OPTIONS).timeoutMillis;
  } catch (error) {
    report(`${where}:options`, (error as Error).message);
    return typeof asked === 'object' ? given?.timeoutMillis : undefined;
  }
}
