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

/** Options of {@link BullMQInstrumentation}. They apply to all queues and workers; use `bullmqJobs` for options of single ones. */
export interface BullMQInstrumentationOptions extends BullMQJobsOptions, Switch {}

/** The files of the classes. BullMQ is CommonJS and requires these files even if the app imports it. */
const FILES: Readonly<Record<Name, string>> = {
  Queue: 'queue',
  Worker: 'worker',
  FlowProducer: 'flow-producer',
  ChildProcessor: 'child-processor',
};

/** The first supported release. */
const FIRST = { major: 5, minor: 34 };
const LAST_MAJOR = 6;
const SUPPORTED = [`>=${FIRST.major}.${FIRST.minor}.0 <${LAST_MAJOR + 1}`];
const CLASSES = 'dist/cjs/classes';
const FOLDER = `bullmq/${CLASSES}`;
/** Matches a loaded file. Its groups are the folder of the package and the name of the file. */
const LOADED = new RegExp(`^(.*/node_modules/bullmq/)${CLASSES}/([a-z-]+)\\.js$`);

/**
 * Instruments BullMQ 5.34 and up, and 6. It observes every Queue, Worker and FlowProducer of the process as `bullmqJobs(box)` does, including
 * sandboxed processors, without changes to the app's code. It works on their prototypes: it replaces no exports and needs no loader hook, even
 * if the app imports BullMQ. `bullmqJobs` alone observes the objects that the app passes to it, so that no object is observed twice.
 *
 * @param box A box, or a function that returns it. Calls before it returns a box are not observed.
 * @param options The options of `bullmqJobs`, and `enabled`.
 * @throws {SignalboxError} When `box` is neither a box nor a function, or an option is not valid.
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

  /** Finds classes that were loaded before the hook was installed. */
  #seeLoaded(): void {
    // All `require` functions of the process share one cache.
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

/** Whether the package in a folder is of a supported release. */
function isTaken(require: NodeJS.Require, folder: string): boolean {
  try {
    const { version } = require(`${folder}package.json`) as { readonly version?: unknown };
    const [major = 0, minor = 0] = String(version).split('.').map(Number);
    return major === FIRST.major ? minor >= FIRST.minor : major > FIRST.major && major <= LAST_MAJOR;
  } catch {
    return false;
  }
}
