import type { PgBoss } from 'pg-boss';
import { rest } from '../../adapters/common/claim.js';
import { constructedWith, isConstructed, standingFor } from '../../adapters/common/constructed.js';
import type { ClassObserver } from '../../adapters/common/observation.js';
import { observeOwnMethods, observePrototype } from '../../adapters/common/observed-prototype.js';
import { beneath } from '../../adapters/common/original-method.js';
import type { PgBossJobsOptions, Unlisted } from '../../adapters/pg-boss/adapter-options.js';
import { givenTo } from '../../adapters/pg-boss/classes.js';
import { connect } from '../../adapters/pg-boss/connect.js';
import { BOSS_METHODS } from '../../adapters/pg-boss/observed-methods.js';
import type { WithCore } from '../../box/core.js';
import type { Asked, Observer } from '../observer.js';
import { lazily } from './lazy-observer.js';
import type { Exports } from './replaced-exports.js';
import { replaced, unreplaced } from './replaced-exports.js';

/** Observes bosses. Its type names no type of pg-boss, because those differ by release. */
export interface PgBossObserver extends Observer {
  readonly observer: ClassObserver<object>;
  given(args: readonly unknown[]): readonly unknown[];
}

export { TOO_OLD } from '../../adapters/pg-boss/engine-version.js';

type BossClass = new (...args: never[]) => PgBoss;

export function connected(
  where: string,
  box: WithCore,
  options: PgBossJobsOptions | undefined,
  unlisted?: Unlisted,
): PgBossObserver {
  const made = connect(where, box, options, unlisted);
  return { observer: made.observer, given: givenTo(made), rest: (isResting) => rest(made.owner, isResting) };
}

/** The names of the class among the exports. Up to pg-boss 11 the module is the class; an import of it has these names. */
const NAMES: readonly string[] = ['PgBoss', 'default', 'module.exports'];

/** The exports of pg-boss with a stand-in for its class. `see` gets the class itself. */
export function standingIn(exports: unknown, see: (Class: unknown) => void): unknown {
  const seen = (Class: BossClass): BossClass => {
    const own = beneath(Class) as BossClass;
    see(own);
    return standingFor(Class, (boss) => observeOwnMethods(boss as PgBoss, own, BOSS_METHODS));
  };
  if (typeof exports === 'function') return seen(exports as BossClass);
  const all = exports as Exports;
  const classes = NAMES.flatMap((name) => {
    const Class = all[name];
    return typeof Class === 'function' ? [[name, seen(Class as BossClass)] as const] : [];
  });
  return classes.length === 0 ? exports : replaced(all, Object.fromEntries(classes));
}

const giveBack = unreplaced(NAMES);

/** Restores the exports. */
export function standingOut(exports: unknown): void {
  giveBack(exports as Exports | undefined);
}

/** Observes the bosses of a class from their construction on. Returns the undo. */
export function observe(given: { readonly prototype: object }, asked: Asked<PgBossObserver>): () => void {
  const Class = given as unknown as BossClass;
  const { seen, undo } = constructedWith(Class, (args) => {
    const observer = asked.now();
    return observer ? observer.given(args) : args;
  });
  const endMethods = observePrototype(
    Class,
    BOSS_METHODS,
    lazily(
      () => asked.now()?.observer,
      () => asked.last()?.observer,
    ),
  );
  // `constructor` of a boss must be the class that the app has.
  const own = Object.getOwnPropertyDescriptor(Class.prototype, 'constructor');
  if (own) Object.defineProperty(Class.prototype, 'constructor', { ...own, value: seen });
  return () => {
    undo();
    endMethods();
    if (own && !isConstructed(Class))
      Object.defineProperty(Class.prototype, 'constructor', { ...own, value: Class });
  };
}
