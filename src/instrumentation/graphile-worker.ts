import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { observeFunction } from '../adapters/common/function.js';
import type { Around } from '../adapters/common/over.js';
import type { GraphileJobsOptions } from '../adapters/graphile-worker/connect.js';
import { checkedOptions, connect } from '../adapters/graphile-worker/connect.js';
import type { Functions } from '../adapters/graphile-worker/functions.js';
import { aroundFunctions } from '../adapters/graphile-worker/functions.js';
import type { BoxSource, Observer, Switch } from './engine-instrumentation.js';
import { checkSource, EngineInstrumentation } from './engine-instrumentation.js';
import type { Exports } from './exports.js';
import { replaced, unreplaced } from './exports.js';
import { splitSwitch } from './split-switch.js';

/** How graphile-worker is instrumented: one set for all runners, for the options of each `graphileJobs` is there. */
export interface GraphileWorkerInstrumentationOptions extends GraphileJobsOptions, Switch {}

interface GraphileObserver extends Observer {
  readonly around: Readonly<Record<Functions, Around>>;
}

const FUNCTIONS: readonly Functions[] = [
  'run',
  'runOnce',
  'runTaskList',
  'runTaskListOnce',
  'makeWorkerUtils',
  'quickAddJob',
  'addJobAdhoc',
];

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
    super('graphile-worker', box, (given) => {
      const connected = connect(where, given, own);
      return { owner: connected.adapter, around: aroundFunctions(connected) };
    });
    if (isOn) this.enable();
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const seen = new Map<unknown, unknown>();
    const observed = (name: Functions, given: unknown): unknown => {
      const known = seen.get(given);
      if (known) return known;
      const one = observeFunction(given as () => unknown, () => this.observer()?.around[name]).observed;
      seen.set(given, one).set(one, one);
      return one;
    };
    const patch = (exports: Exports): Exports => {
      const there = FUNCTIONS.filter((name) => typeof exports[name] === 'function');
      return replaced(
        exports,
        Object.fromEntries(there.map((name) => [name, observed(name, exports[name])])),
      );
    };
    const unpatch = unreplaced(FUNCTIONS);
    const files = FILES.map(
      (file) =>
        new InstrumentationNodeModuleFile(`graphile-worker/dist/${file}.js`, [COMMONJS], patch, unpatch),
    );
    return [
      new InstrumentationNodeModuleDefinition('graphile-worker', [ESM], patch, unpatch),
      new InstrumentationNodeModuleDefinition('graphile-worker', [COMMONJS], undefined, undefined, files),
    ];
  }

  protected override switchedOn(): void {}

  protected override switchedOff(): void {}
}
