import { checkPositive, optionsIn } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { MonitorOptions } from './monitor-options.js';
import { BACKLOG_OPTIONS, FAILURE_RATE_OPTIONS } from './monitor-options.js';

/** A threshold with a lower one to come back under, so that a value that trembles is reported once. */
export class Threshold {
  readonly #raise: number;
  readonly #clear: number;
  #raised = false;

  /** Raised at `raise` and above, cleared at `clear` and below. */
  constructor(raise: number, clear: number) {
    this.#raise = raise;
    this.#clear = clear;
  }

  get raised(): boolean {
    return this.#raised;
  }

  update(value: number): 'raised' | 'cleared' | undefined {
    if (!this.#raised && value >= this.#raise) {
      this.#raised = true;
      return 'raised';
    }
    if (this.#raised && value <= this.#clear) {
      this.#raised = false;
      return 'cleared';
    }
    return undefined;
  }
}

/** A threshold that is cleared below where it is raised. Throws a SignalboxError. */
function pair(where: string, what: string, raise: number, clear: number): Threshold {
  if (Number.isFinite(raise) && Number.isFinite(clear) && raise > 0 && clear >= 0 && clear < raise)
    return new Threshold(raise, clear);
  throw new SignalboxError(
    `${where}: ${what} is raised at ${shown(raise)} and cleared at ${shown(clear)}. Clear it below where it is raised.`,
  );
}

/** The thresholds of a backlog, by number and by age, as far as there are any. Throws a SignalboxError. */
export function backlogThresholds(
  where: string,
  given: MonitorOptions['backlog'],
  capacity: number | undefined,
): { readonly size?: Threshold; readonly age?: Threshold } {
  if (given === false) return {};
  const { size = sizeOf(capacity), clear, ageMillis } = optionsIn(where, 'backlog', given, BACKLOG_OPTIONS);
  if (size !== undefined) checkPositive(where, 'backlog.size', size);
  if (ageMillis !== undefined) checkPositive(where, 'backlog.ageMillis', ageMillis);
  const lower = clear ?? (size === undefined ? 0 : clearOf(size, capacity));
  return {
    ...(size === undefined ? {} : { size: pair(where, 'backlog', size, lower) }),
    ...(ageMillis === undefined
      ? {}
      : { age: pair(where, 'backlog.ageMillis', ageMillis, ageMillis * 0.75) }),
  };
}

function sizeOf(capacity: number | undefined): number | undefined {
  return capacity === undefined ? undefined : Math.max(1, Math.ceil(capacity * 0.8));
}

function clearOf(size: number, capacity: number | undefined): number {
  return Math.min(size - 1, Math.floor(capacity === undefined ? size * 0.75 : capacity * 0.6));
}

/** When the share of abandoned jobs is too high, and over how many ends; nothing where nobody asks. Throws a SignalboxError. */
export function failureRateThreshold(
  where: string,
  given: MonitorOptions['failureRate'],
): { readonly share: Threshold; readonly minimum: number; readonly windowMillis: number } | undefined {
  if (given === false) return undefined;
  const read = optionsIn(where, 'failureRate', given, FAILURE_RATE_OPTIONS);
  const { threshold = 0.2, clear = 0.1, minimum = 10, windowMillis = 300_000 } = read;
  if (minimum !== 0) checkPositive(where, 'failureRate.minimum', minimum);
  checkPositive(where, 'failureRate.windowMillis', windowMillis);
  return { share: pair(where, 'failureRate', threshold, clear), minimum, windowMillis };
}
