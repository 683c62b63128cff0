import type { PgBoss } from 'pg-boss';
import { SignalboxError } from '../../signal/problem.js';

/** Whether something can do what a boss can, of any release. */
export function canDoJobs(given: unknown): boolean {
  const { send, work, getDb } = (given ?? {}) as Partial<PgBoss>;
  return [send, work, getDb].every((method) => typeof method === 'function');
}

/**
 * Refuses a boss of a release that is not supported. pg-boss says its version nowhere, and one of 11 can do what one of 12.0 can: but up to
 * 11 the plans of its tables are had of the class, and from 12 on of the module.
 *
 * @throws {SignalboxError} Where it is of 11 or older.
 */
export function checkRelease(boss: PgBoss): void {
  const { getConstructionPlans } = (boss.constructor ?? {}) as { readonly getConstructionPlans?: unknown };
  if (typeof getConstructionPlans === 'function')
    throw new SignalboxError('boss: it is of pg-boss 11 or older. Give a PgBoss of pg-boss 12 or up.');
}
