import type { Report } from '../delivery/report.js';
import type { OptionNames } from '../signal/options.js';
import { unknownOption } from '../signal/options.js';

/** How long a flush or a shutdown may take. */
export interface DeadlineOptions {
  /** In milliseconds. Default 5000. */
  readonly timeoutMillis?: number;
}

const DEADLINE_OPTIONS: OptionNames<DeadlineOptions> = { timeoutMillis: true };

/** The time limit that was asked for. Who asks never rejects: what is wrong with the options is reported. */
export function timeoutOf(
  where: string,
  given: DeadlineOptions | undefined,
  report: Report,
): number | undefined {
  const asked: unknown = given;
  if (typeof asked === 'number')
    report(
      `${where}:options`,
      `${where}: the options are ${asked}. Give an object, as in { timeoutMillis: ${asked} }.`,
    );
  // A listener is given the name of its signal: `process.once('SIGTERM', box.shutdown)`.
  if (typeof asked !== 'object' || asked === null) return undefined;
  const problem = unknownOption(asked, DEADLINE_OPTIONS);
  if (problem !== undefined) report(`${where}:options`, `${where}: ${problem}`);
  return given?.timeoutMillis;
}
