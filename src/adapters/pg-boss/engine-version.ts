import { SignalboxError } from '../../signal/signalbox-error.js';

/** The supported releases. */
export const SUPPORTED = 'pg-boss 10 or up';

/** What the message says of an older one. */
export const TOO_OLD: string = `it is of pg-boss 9 or older, without createQueue(). Give a PgBoss of ${SUPPORTED}.`;

/** Whether something can do what a boss of a supported release can. */
export function canDoJobs(given: unknown): boolean {
  return has(given, ['send', 'work', 'getDb', 'createQueue']);
}

/** Whether it is a class of bosses. Up to 11 a boss has its methods as properties of its own, and the class has few of them. */
export function makesBosses(Class: unknown): boolean {
  const { prototype, policies } = (Class ?? {}) as {
    readonly prototype?: unknown;
    readonly policies?: unknown;
  };
  return canDoJobs(prototype) || (has(prototype, ['start', 'stop', 'getDb']) && typeof policies === 'object');
}

/**
 * Refuses a boss, or a class of bosses, of a release that is not supported.
 *
 * @throws {SignalboxError} If it is of 9 or older.
 */
export function checkRelease(where: string, given: unknown): void {
  const isBoss = has(given, ['send', 'work']) && !canDoJobs(given);
  const isClass = has(given, ['getConstructionPlans']) && !makesBosses(given);
  if (isBoss || isClass) throw new SignalboxError(`${where}: ${TOO_OLD}`);
}

function has(given: unknown, methods: readonly string[]): boolean {
  const of = (given ?? {}) as Readonly<Record<string, unknown>>;
  return methods.every((name) => typeof of[name] === 'function');
}
