import { SignalboxError } from '../../signal/signalbox-error.js';

const LEAST = 'graphile-worker 0.16 or up';

/** What is said of a module that is instrumented, of such a release. */
export const TOO_OLD: string = `it is of 0.15 or older: nothing is told of its jobs. Use ${LEAST}.`;

/**
 * Refuses utils of a release that is not supported. The engine says its version nowhere: before 0.16 its utils can not unlock workers.
 *
 * @throws {SignalboxError} Where they are of 0.15 or older.
 */
export function checkUtils(where: string, given: object): void {
  if (can(given, 'completeJobs') && can(given, 'withPgClient') && !can(given, 'forceUnlockWorkers'))
    throw new SignalboxError(`${where}: they are of graphile-worker 0.15 or older. Give those of ${LEAST}.`);
}

/**
 * As {@link checkUtils}, of a function that adds jobs: before 0.16 `quickAddJob` does without a payload.
 *
 * @throws {SignalboxError} Where it is of 0.15 or older.
 */
export function checkAdhoc({ name, length }: (...args: never[]) => unknown): void {
  if (name === 'quickAddJob' && length < 3)
    throw new SignalboxError(`adhoc: it is of graphile-worker 0.15 or older. Give that of ${LEAST}.`);
}

/**
 * What to report of the helpers that a task is given, where they are of such a release: nothing is heard of its jobs. Its runner is made of
 * options, and nobody sees it before.
 */
export function refusalOf(helpers: unknown): string | undefined {
  if (typeof helpers !== 'object' || helpers === null) return undefined;
  const isOlder = can(helpers, 'withPgClient') && can(helpers, 'query') && !('abortSignal' in helpers);
  return isOlder ? `a runner is of 0.15 or older: nothing is told of its jobs. Use ${LEAST}` : undefined;
}

function can(given: object, method: string): boolean {
  return typeof (given as Readonly<Record<string, unknown>>)[method] === 'function';
}
