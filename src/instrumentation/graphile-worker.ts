import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import type { GraphileJobsOptions } from '../adapters/graphile-worker/adapter-options.js';
import { checkedOptions } from '../adapters/graphile-worker/adapter-options.js';
import type { BoxSource, Switch } from './engine-instrumentation.js';
import { checkSource, EngineInstrumentation } from './engine-instrumentation.js';
import type { GraphileObserver, Met } from './engines/graphile-worker.js';
import { engineOf } from './load-engine.js';
import { splitSwitch } from './split-switch.js';

/** Options of {@link GraphileWorkerInstrumentation}. They apply to all runners; use `graphileJobs` for options of single ones. */
export interface GraphileWorkerInstrumentationOptions extends GraphileJobsOptions, Switch {}

/** The releases that are ES modules. */
const ESM = '>=0.18 <1';
/** The CommonJS releases. Their main file has locked getters over {@link FILES} and is only half loaded when a hook gets it. */
const COMMONJS = '>=0.16 <0.18';
const FILES = ['runner', 'main', 'workerUtils'];

/**
 * Instruments graphile-worker (0.16 and up). It observes the jobs that `run`, `runOnce`, `runTaskList`, `makeWorkerUtils`, `quickAddJob`, … run
 * and add, as `graphileJobs(box)` does. From 0.18 on graphile-worker is ESM: if the app imports it, the process needs OpenTelemetry's loader
 * hook (`node --import signalbox/register`, or the app's own). The command line of graphile-worker uses none of these functions: use the preset
 * of `graphileJobs(box).preset()` there. `graphileJobs` alone observes what the app passes to it, so that nothing is observed twice.
 *
 * @param box A box, or a function that returns it. Calls before it returns a box are not observed.
 * @param options The options of `graphileJobs`, and `enabled`.
 * @throws {SignalboxError} When `box` is neither a box nor a function, or an option is not valid.
 *
 * @example
 * ```ts
 * import { registerInstrumentations } from '@opentelemetry/instrumentation';
 * import { createSignalbox } from 'signalbox';
 * import { GraphileWorkerInstrumentation } from 'signalbox/instrumentation';
 *
 * registerInstrumentations({ instrumentations: [new GraphileWorkerInstrumentation(createSignalbox())] });
 * ```
 */
export class GraphileWorkerInstrumentation extends EngineInstrumentation<GraphileObserver> {
  constructor(box: BoxSource, options?: GraphileWorkerInstrumentationOptions) {
    const where = 'GraphileWorkerInstrumentation';
    checkSource(where, box);
    const { own, isOn } = splitSwitch(where, options);
    checkedOptions(where, own);
    super('graphile-worker', box, (given) => engineOf('graphile-worker').connected(where, given, own));
    if (isOn) this.enable();
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const met: Met = new Map();
    const { now } = this.asked();
    const patch = (exports: Record<string, unknown>): unknown =>
      this.quietly('its functions could not be observed', () =>
        engineOf('graphile-worker').observed(exports, met, now),
      ) ?? exports;
    const unpatch = (exports: Record<string, unknown> | undefined): void =>
      this.quietly('its functions could not be restored', () =>
        engineOf('graphile-worker').unobserved(exports),
      );
    const refuse = <M>(exports: M): M => {
      this.quietly('it is too old', () =>
        this._diag.warn(`graphile-worker: ${engineOf('graphile-worker').TOO_OLD}`),
      );
      return exports;
    };
    const files = FILES.map(
      (file) =>
        new InstrumentationNodeModuleFile(`graphile-worker/dist/${file}.js`, [COMMONJS], patch, unpatch),
    );
    return [
      new InstrumentationNodeModuleDefinition('graphile-worker', [ESM], patch, unpatch),
      new InstrumentationNodeModuleDefinition('graphile-worker', [COMMONJS], undefined, undefined, files),
      new InstrumentationNodeModuleDefinition('graphile-worker', ['<0.16'], refuse),
    ];
  }

  protected override switchedOn(): void {}

  protected override switchedOff(): void {}
}
