import { createRequire } from 'node:module';
import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import type { BullMQJobsOptions, Unlisted } from '../adapters/bullmq/adapter-options.js';
import { checkedOptions } from '../adapters/bullmq/adapter-options.js';
import type { BoxSource, Switch } from './engine-instrumentation.js';
import { checkSource, EngineInstrumentation } from './engine-instrumentation.js';
import type { BullMQObserver, Name } from './engines/bullmq.js';
import { KnownClasses } from './known-classes.js';
import { engineOf } from './load-engine.js';
import { splitSwitch } from './split-switch.js';

/** How BullMQ is instrumented: one set for all queues and workers, for the options of each `bullmqJobs` is there. */
export interface BullMQInstrumentationOptions extends BullMQJobsOptions, Switch {}

/** The files that have the classes: BullMQ is CommonJS, and requires them also where it is imported. */
const FILES: Readonly<Record<Name, string>> = {
  Queue: 'queue',
  Worker: 'worker',
  FlowProducer: 'flow-producer',
  ChildProcessor: 'child-processor',
};

/** From which release on, and up to which major. */
const FIRST = { major: 5, minor: 34 };
const LAST_MAJOR = 6;
const SUPPORTED = [`>=${FIRST.major}.${FIRST.minor}.0 <${LAST_MAJOR + 1}`];
const CLASSES = 'dist/cjs/classes';
const FOLDER = `bullmq/${CLASSES}`;
/** Of a file that was loaded, the folder of its package and its name. */
const LOADED = new RegExp(`^(.*/node_modules/bullmq/)${CLASSES}/([a-z-]+)\\.js$`);

/**
 * Instruments BullMQ 5.34 and up, and 6: every Queue, Worker and FlowProducer of the process is observed as `bullmqJobs(box)` observes them, sandboxed processors
 * included, with no change where they are made. By their prototypes: no export is replaced, and no loader hook is needed, also where BullMQ is imported.
 * What is given to `bullmqJobs` all the same is observed by that, once.
 *
 * @param box What `createSignalbox` returned, or a function that returns it: what is used before it does is not observed.
 * @param options As of `bullmqJobs`, and `enabled`.
 * @throws {SignalboxError} When the box is none, or an option is not valid.
 *
 * @example
 * ```ts
 * import { registerInstrumentations } from '@opentelemetry/instrumentation';
 * import { createSignalbox } from 'signalbox';
 * import { BullMQInstrumentation } from 'signalbox/instrumentation';
 *
 * registerInstrumentations({
 *   instrumentations: [new BullMQInstrumentation(createSignalbox(), { types: ['welcome'] })],
 * });
 * ```
 */
export class BullMQInstrumentation extends EngineInstrumentation<BullMQObserver> {
  readonly #classes: KnownClasses<Name>;

  constructor(box: BoxSource, options?: BullMQInstrumentationOptions, unlisted?: Unlisted) {
    const where = 'BullMQInstrumentation';
    checkSource(where, box);
    const { own, isOn } = splitSwitch(where, options);
    checkedOptions(where, own);
    super('bullmq', box, (given) => engineOf('bullmq').connected(where, given, own, unlisted));
    const asked = this.asked();
    this.#classes = new KnownClasses((name, Class) =>
      this.quietly('a class could not be observed', () => engineOf('bullmq').observe(name, Class, asked)),
    );
    if (isOn) this.enable();
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const files = Object.entries(FILES).map(([name, file]) => {
      const see = (exports: Record<string, unknown>): unknown => {
        this.#classes.see(name as Name, exports[name]);
        return exports;
      };
      return new InstrumentationNodeModuleFile(`${FOLDER}/${file}.js`, SUPPORTED, see, () => undefined);
    });
    return [new InstrumentationNodeModuleDefinition('bullmq', SUPPORTED, undefined, undefined, files)];
  }

  protected override switchedOn(): void {
    this.#seeLoaded();
    this.#classes.on();
  }

  protected override switchedOff(): void {
    this.#classes.off();
  }

  /** Those that were loaded before, of which no hook tells. */
  #seeLoaded(): void {
    // Of all that was required, wherever from.
    const require = createRequire(process.execPath);
    for (const id of Object.keys(require.cache)) {
      if (!id.includes('bullmq')) continue;
      const [, root, file] = LOADED.exec(id.replaceAll('\\', '/')) ?? [];
      const [name] = Object.entries(FILES).find(([, of]) => of === file) ?? [];
      if (name === undefined || !isTaken(require, `${root}`)) continue;
      this.#classes.see(
        name as Name,
        (require.cache[id]?.exports as Record<string, unknown> | undefined)?.[name],
      );
    }
  }
}

/** Whether the package in a folder is of a release that the hook takes too. */
function isTaken(require: NodeJS.Require, folder: string): boolean {
  try {
    const { version } = require(`${folder}package.json`) as { readonly version?: unknown };
    const [major = 0, minor = 0] = String(version).split('.').map(Number);
    return major === FIRST.major ? minor >= FIRST.minor : major > FIRST.major && major <= LAST_MAJOR;
  } catch {
    return false;
  }
}
