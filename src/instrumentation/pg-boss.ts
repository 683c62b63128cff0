import { InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import type { PgBossJobsOptions, Unlisted } from '../adapters/pg-boss/adapter-options.js';
import { checkedOptions } from '../adapters/pg-boss/adapter-options.js';
import type { BoxSource, Switch } from './engine-instrumentation.js';
import { checkSource, EngineInstrumentation } from './engine-instrumentation.js';
import type { PgBossObserver } from './engines/pg-boss.js';
import { KnownClasses } from './known-classes.js';
import { engineOf } from './load-engine.js';
import { splitSwitch } from './split-switch.js';

/** Options of {@link PgBossInstrumentation}. They apply to all bosses; use `pgBossJobs` for options of single ones. */
export interface PgBossInstrumentationOptions extends PgBossJobsOptions, Switch {}

/**
 * Instruments pg-boss (10 to 12). It adds the options that carry trace context to every new PgBoss, and observes each boss as `pgBossJobs(box)`
 * does. pg-boss 12 is ESM, and an app may import older ones too: if the app imports it, the process needs OpenTelemetry's loader hook
 * (`node --import signalbox/register`, or the app's own). `pgBossJobs` alone observes a boss that the app passes to it, so that it is not
 * observed twice.
 *
 * @param box A box, or a function that returns it. A boss that the app makes before that carries no trace context.
 * @param options The options of `pgBossJobs`, and `enabled`.
 * @throws {SignalboxError} When `box` is neither a box nor a function, or an option is not valid.
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
export class PgBossInstrumentation extends EngineInstrumentation<PgBossObserver> {
  readonly #classes: KnownClasses<'PgBoss'>;

  constructor(box: BoxSource, options?: PgBossInstrumentationOptions, unlisted?: Unlisted) {
    const where = 'PgBossInstrumentation';
    checkSource(where, box);
    const { own, isOn } = splitSwitch(where, options);
    checkedOptions(where, own);
    super('pg-boss', box, (given) => engineOf('pg-boss').connected(where, given, own, unlisted));
    const asked = this.asked();
    this.#classes = new KnownClasses((_, Class) =>
      this.quietly('its class could not be observed', () => engineOf('pg-boss').observe(Class, asked)),
    );
    if (isOn) this.enable();
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const see = (Class: unknown): void => this.#classes.see('PgBoss', Class);
    const patch = <M>(exports: M): unknown =>
      this.quietly('its class could not be replaced', () => engineOf('pg-boss').standingIn(exports, see)) ??
      exports;
    const unpatch = (exports: unknown): void =>
      this.quietly('its class could not be restored', () => engineOf('pg-boss').standingOut(exports));
    const refuse = <M>(exports: M): M => {
      this.quietly('it is too old', () => this._diag.warn(`pg-boss: ${engineOf('pg-boss').TOO_OLD}`));
      return exports;
    };
    return [
      new InstrumentationNodeModuleDefinition('pg-boss', ['>=10 <13'], patch, unpatch),
      new InstrumentationNodeModuleDefinition('pg-boss', ['<10'], refuse),
    ];
  }

  protected override switchedOn(): void {
    this.#classes.on();
  }

  protected override switchedOff(): void {
    this.#classes.off();
  }
}
