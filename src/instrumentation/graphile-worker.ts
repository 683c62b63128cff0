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

/** How graphile-worker is instrumented: one set for all runners, for the options of each `graphileJobs` is there. */
export interface GraphileWorkerInstrumentationOptions extends GraphileJobsOptions, Switch {}

/** ESM since then. */
const ESM = '>=0.18 <1';
/** CommonJS: the main file has locked getters over these, and is half-loaded when a hook sees it. */
const COMMONJS = '>=0.16 <0.18';
const FILES = ['runner', 'main', 'workerUtils'];

/**
 * Instruments graphile-worker (0.16 and up): what `run`, `runOnce`, `runTaskList`, `makeWorkerUtils`, `quickAddJob`, … run and add is observed as
 * `graphileJobs(box)` observes it. From 0.18 on it is ESM: where it is imported, the process needs OpenTelemetry's loader hook (`node --import signalbox/register`, or the
 * app's own). Its command line uses none of these functions: there the preset of `graphileJobs(box).preset()` is the way. What is given to
 * `graphileJobs` all the same is observed by that, once.
 *
 * @param box What `createSignalbox` returned, or a function that returns it: what is used before it does is not observed.
 * @param options As of `graphileJobs`, and `enabled`.
 * @throws {SignalboxError} When the box is none, or an option is not valid.
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
      this.quietly('its functions could not be given back', () =>
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
