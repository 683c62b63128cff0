import { SignalboxError } from '../../signal/signalbox-error.js';

const LEAST = 'graphile-worker 0.16 or up';

/** The report when an instrumentation meets a module of such a release. */
export const TOO_OLD: string = `it is of 0.15 or older: signalbox emits nothing of its jobs. Use ${LEAST}.`;

/**
 * Refuses utils of a release that is not supported. The engine says its version nowhere, but before 0.16 utils can not unlock workers.
 *
 * @throws {SignalboxError} If they are of 0.15 or older.
 */
export function checkUtils(where: string, given: object): void {
  if (can(given, 'completeJobs') && can(given, 'withPgClient') && !can(given, 'forceUnlockWorkers'))
    throw new SignalboxError(`${where}: they are of graphile-worker 0.15 or older. Give those of ${LEAST}.`);
}

/**
 * As {@link checkUtils}, for a function that adds jobs. Before 0.16 `quickAddJob` needs no payload.
 *
 * @throws {SignalboxError} If it is of 0.15 or older.
 */
export function checkAdhoc({ name, length }: (...args: never[]) => unknown): void {
  if (name === 'quickAddJob' && length < 3)
    throw new SignalboxError(`adhoc: it is of graphile-worker 0.15 or older. Give that of ${LEAST}.`);
}

/**
 * What to report if the helpers of a task are of such a release: signalbox hears nothing of its jobs. The engine makes the runner from options, so
 * nobody sees it before.
 */
export function refusalOf(helpers: unknown): string | undefined {
  if (typeof helpers !== 'object' || helpers === null) return undefined;
  const isOlder = can(helpers, 'withPgClient') && can(helpers, 'query') && !('abortSignal' in helpers);
  return isOlder
    ? `a runner is of 0.15 or older: signalbox emits nothing of its jobs. Use ${LEAST}`
    : undefined;
}

function can(given: object, method: string): boolean {
  return typeof (given as Readonly<Record<string, unknown>>)[method] === 'function';
}
