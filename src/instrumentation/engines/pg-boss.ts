import type { PgBoss } from 'pg-boss';
import { beneath } from '../../adapters/common/beneath.js';
import { rest } from '../../adapters/common/claim.js';
import { constructedWith, isConstructed, standingFor } from '../../adapters/common/constructed.js';
import { observePrototype } from '../../adapters/common/prototype.js';
import { BOSS_METHODS, givenTo } from '../../adapters/pg-boss/classes.js';
import type { Connected } from '../../adapters/pg-boss/connect.js';
import { connect } from '../../adapters/pg-boss/connect.js';
import type { PgBossJobsOptions, Unlisted } from '../../adapters/pg-boss/options.js';
import type { WithCore } from '../../box/core.js';
import type { Asked, Observer } from '../observer.js';
import type { Exports } from './exports.js';
import { replaced, unreplaced } from './exports.js';
import { lazily } from './lazily.js';

export interface PgBossObserver extends Observer {
  readonly connected: Connected;
}

type BossClass = new (...args: never[]) => PgBoss;

export function connected(
  where: string,
  box: WithCore,
  options: PgBossJobsOptions | undefined,
  unlisted?: Unlisted,
): PgBossObserver {
  const made = connect(where, box, options, unlisted);
  return { connected: made, rest: (isResting) => rest(made.owner, isResting) };
}

/** The exports of pg-boss, with what stands for its class; `see` is told of the class itself. */
export function standingIn(exports: Exports, see: (Class: unknown) => void): Exports {
  const { PgBoss: Class } = exports;
  if (typeof Class !== 'function') return exports;
  see(beneath(Class));
  return replaced(exports, { PgBoss: standingFor(Class as unknown as BossClass) });
}

/** Gives the exports back as they were. */
export const standingOut: (exports: Exports | undefined) => void = unreplaced(['PgBoss']);

/** Observes the bosses of a class, from how they are made; returns what ends that. */
export function observe(given: { readonly prototype: object }, asked: Asked<PgBossObserver>): () => void {
  const Class = given as unknown as BossClass;
  const { seen, undo } = constructedWith(Class, (args) => {
    const observer = asked.now();
    return observer ? givenTo(observer.connected)(args) : args;
  });
  const endMethods = observePrototype(
    Class,
    BOSS_METHODS,
    lazily(
      () => asked.now()?.connected.observer,
      () => asked.last()?.connected.observer,
    ),
  );
  // Bosses say that they are of the class that the app has.
  const own = Object.getOwnPropertyDescriptor(Class.prototype, 'constructor');
  if (own) Object.defineProperty(Class.prototype, 'constructor', { ...own, value: seen });
  return () => {
    undo();
    endMethods();
    if (own && !isConstructed(Class))
      Object.defineProperty(Class.prototype, 'constructor', { ...own, value: Class });
  };
}
