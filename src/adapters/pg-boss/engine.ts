import type { ConstructorOptions, PgBoss } from 'pg-boss';
import { beneath } from '../common/original-method.js';

/** A boss of any release. Before 11, two commands have other names. */
export type Boss = PgBoss & {
  purgeQueue?(name: string): Promise<void>;
  clearStorage?(): Promise<void>;
};

/** The methods of a boss that signalbox itself calls. */
const ASKED = ['complete', 'fail', 'touch', 'offWork'] as const;

/** pg-boss's own methods of a boss. A call through them reaches neither signalbox's observation nor the app's overrides and spies. */
export type Engine = Pick<PgBoss, (typeof ASKED)[number]>;

/** Call it before the boss is observed, as {@link abilitiesOf}. */
export function engineOf(boss: PgBoss): Engine {
  const methods = ASKED.map((name) => {
    const method = deepest(boss, name);
    return [name, (...args: unknown[]): unknown => Reflect.apply(method, boss, args)] as const;
  });
  return Object.fromEntries(methods) as unknown as Engine;
}

// Take the last one found: subclasses of the app override the method nearer to the object.
function deepest(boss: object, name: string): (...args: unknown[]) => unknown {
  let found: unknown;
  for (let at: object | null = boss; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const own: unknown = Object.getOwnPropertyDescriptor(at, name)?.value;
    if (typeof own === 'function') found = beneath(own);
  }
  if (typeof found === 'function') return found as (...args: unknown[]) => unknown;
  return () => Promise.reject(new Error(`this pg-boss has no ${name}()`));
}

/** What a boss's release can do. pg-boss says its version nowhere, so each ability is known by a method that came with it. */
export interface Abilities {
  /** It settles by the attempt that a job was fetched for (12.35 and up), and says which jobs it settled. */
  readonly settlesByAttempt: boolean;
  /** It makes spans of its own, unless an option says not to (12.38 and up), and carries their context. */
  readonly makesSpans: boolean;
  /** Its handlers may return a result for each job (12.21 and up). Before, it takes no notice of the option. */
  readonly takesResults: boolean;
  /**
   * Its `offWork()` waits for the workers that it stops (12.4 and up). Before, it takes only the queue or the worker, and nobody says when they have
   * ended.
   */
  readonly awaitsWorkers: boolean;
}

/** Call it before the boss is observed. */
export function abilitiesOf(boss: PgBoss): Abilities {
  const { isTimekeeping, getInstances, isBamWorking }: Partial<PgBoss> = boss;
  return {
    settlesByAttempt: typeof isTimekeeping === 'function',
    makesSpans: typeof getInstances === 'function',
    takesResults: typeof isBamWorking === 'function',
    awaitsWorkers: deepest(boss, 'offWork').length > 1,
  };
}

/** Whether it settles the jobs of a handler call by one statement, as it does on PostgreSQL. Elsewhere that may take several, in a transaction. */
export function settlesAtOnce(options: ConstructorOptions | undefined): boolean {
  const backend: unknown = options?.backend ?? 'postgres';
  return backend === 'postgres' || backend === 'pglite';
}
