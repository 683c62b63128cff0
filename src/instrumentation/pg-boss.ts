import { InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import type { PgBoss } from 'pg-boss';
import { beneath } from '../adapters/common/beneath.js';
import { constructedWith, isConstructed, standingFor } from '../adapters/common/constructed.js';
import { observePrototype } from '../adapters/common/prototype.js';
import { BOSS_METHODS, givenTo } from '../adapters/pg-boss/classes.js';
import type { Connected, PgBossJobsOptions, Unlisted } from '../adapters/pg-boss/connect.js';
import { checkedOptions, connect } from '../adapters/pg-boss/connect.js';
import type { BoxSource, Switch } from './engine-instrumentation.js';
import { checkSource, EngineInstrumentation } from './engine-instrumentation.js';
import type { Exports } from './exports.js';
import { replaced, unreplaced } from './exports.js';
import { KnownClasses } from './known-classes.js';
import { lazily } from './lazily.js';
import { splitSwitch } from './split-switch.js';

/** How pg-boss is instrumented: one set for all bosses, for the options of each `pgBossJobs` is there. */
export interface PgBossInstrumentationOptions extends PgBossJobsOptions, Switch {}

type BossClass = new (...args: never[]) => PgBoss;

/**
 * Instruments pg-boss (12): every PgBoss of the process is made with the options that carry, and observed as `pgBossJobs(box)` observes
 * it. pg-boss is ESM: where it is imported, the process needs OpenTelemetry's loader hook (`node --import signalbox/register`, or the
 * app's own). A boss that is given to `pgBossJobs` all the same is observed by that, once.
 *
 * @param box What `createSignalbox` returned, or a function that returns it: a boss that is made before it does carries nothing.
 * @param options As of `pgBossJobs`, and `enabled`.
 * @throws {SignalboxError} When the box is none, or an option is not valid.
 *
 * @example
 * ```ts
 * import { registerInstrumentations } from '@opentelemetry/instrumentation';
 * import { createSignalbox } from 'signalbox';
 * import { PgBossInstrumentation } from 'signalbox/instrumentation';
 *
 * registerInstrumentations({ instrumentations: [new PgBossInstrumentation(createSignalbox())] });
 * ```
 */
export class PgBossInstrumentation extends EngineInstrumentation<Connected> {
  readonly #classes: KnownClasses<'PgBoss'>;

  constructor(box: BoxSource, options?: PgBossInstrumentationOptions, unlisted?: Unlisted) {
    const where = 'PgBossInstrumentation';
    checkSource(where, box);
    const { own, isOn } = splitSwitch(where, options);
    checkedOptions(where, own);
    super('pg-boss', box, (given) => connect(where, given, own, unlisted));
    this.#classes = new KnownClasses((_, Class) => this.#observe(Class as BossClass));
    if (isOn) this.enable();
  }

  #observe(Class: BossClass): () => void {
    const { seen, undo } = constructedWith(Class, (args) => {
      const observer = this.observer();
      return observer ? givenTo(observer)(args) : args;
    });
    const endMethods = observePrototype(
      Class,
      BOSS_METHODS,
      lazily(
        () => this.observer()?.observer,
        () => this.lastObserver()?.observer,
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

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const patch = (exports: Exports): Exports => {
      const { PgBoss: Class } = exports;
      if (typeof Class !== 'function') return exports;
      this.#classes.see('PgBoss', beneath(Class));
      return replaced(exports, { PgBoss: standingFor(Class as unknown as BossClass) });
    };
    return [new InstrumentationNodeModuleDefinition('pg-boss', ['>=12 <13'], patch, unreplaced(['PgBoss']))];
  }

  protected override switchedOn(): void {
    this.#classes.on();
  }

  protected override switchedOff(): void {
    this.#classes.off();
  }
}
