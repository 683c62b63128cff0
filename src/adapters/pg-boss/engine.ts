import type { ConstructorOptions, PgBoss } from 'pg-boss';
import { beneath } from '../common/beneath.js';

/** What telemetry itself asks of a boss. */
const ASKED = ['complete', 'fail', 'touch', 'offWork'] as const;

/** The engine's own methods of a boss: what is called through them is neither observed nor heard by the app's overrides and spies. */
export type Engine = Pick<PgBoss, (typeof ASKED)[number]>;

/** To be asked for before the boss is observed. */
export function engineOf(boss: PgBoss): Engine {
  const methods = ASKED.map((name) => {
    const method = deepest(boss, name);
    return [name, (...args: unknown[]): unknown => Reflect.apply(method, boss, args)] as const;
  });
  return Object.fromEntries(methods) as unknown as Engine;
}

// Classes of the app override it further up.
function deepest(boss: object, name: string): (...args: unknown[]) => unknown {
  let found: unknown;
  for (let at: object | null = boss; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const own: unknown = Object.getOwnPropertyDescriptor(at, name)?.value;
    if (typeof own === 'function') found = beneath(own);
  }
  if (typeof found === 'function') return found as (...args: unknown[]) => unknown;
  return () => Promise.reject(new Error(`this pg-boss has no ${name}()`));
}

/** Whether it settles by the attempt that a job was fetched for (12.35 and up), and says which jobs it settled. */
export function settlesByAttempt(boss: PgBoss): boolean {
  // It says its version nowhere; this method came with it.
  return typeof (boss as { isTimekeeping?: unknown }).isTimekeeping === 'function';
}

/** Whether it makes spans of its own, unless an option says not to (12.38 and up). */
export function makesSpans(boss: PgBoss): boolean {
  // As above: this one came with them.
  return typeof (boss as { getInstances?: unknown }).getInstances === 'function';
}

/** Whether its handlers may answer with a result for each job (12.21 and up): before, it takes no notice of the option. */
export function takesResults(boss: PgBoss): boolean {
  // As above.
  return typeof (boss as { isBamWorking?: unknown }).isBamWorking === 'function';
}

/** Whether it settles the jobs of a handler call by one statement, as it does on PostgreSQL; elsewhere that may be several, in a transaction. */
export function settlesAtOnce(options: ConstructorOptions | undefined): boolean {
  const backend: unknown = options?.backend ?? 'postgres';
  return backend === 'postgres' || backend === 'pglite';
}
