import type { ConstructorOptions, PgBoss } from 'pg-boss';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { observerOf } from '../common/claim.js';
import type { AnyClass } from '../common/observed-prototype.js';
import type { Connected } from './connect.js';
import { checkRelease, makesBosses, SUPPORTED } from './engine-version.js';

/** The module `pg-boss`, or an object with its class or a subclass of the app's. */
export interface PgBossClasses {
  readonly PgBoss: AnyClass<object>;
}

/** Throws a SignalboxError if there is no class of a supported release. */
export function bossClassOf(where: string, engine: PgBossClasses): typeof PgBoss {
  const Class: unknown = (engine as Partial<PgBossClasses> | undefined)?.PgBoss;
  checkRelease(where, Class);
  if (typeof Class === 'function' && makesBosses(Class)) return Class as typeof PgBoss;
  throw new SignalboxError(
    `${where}: \`PgBoss\` is ${shown(Class)}. Give the module of ${SUPPORTED}, as in import * as pgBoss from 'pg-boss', or an object with its class: { PgBoss }.`,
  );
}

/** What the constructor of a boss gets: options that carry our context. Options that carry it already stay as they are. */
export function givenTo({
  core,
  withTelemetry,
}: Connected): (args: readonly unknown[]) => readonly unknown[] {
  return (args) => {
    const [options, ...rest] = args;
    const isObject = typeof options === 'object' && options !== null;
    if (!core.enabled() || (!isObject && typeof options !== 'string')) return args;
    if (isObject && observerOf(options)) return args;
    return [withTelemetry(options as ConstructorOptions | string), ...rest];
  };
}
