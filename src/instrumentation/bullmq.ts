import { createRequire } from 'node:module';
import {
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import type { ClassObservers, Observed } from '../adapters/bullmq/class-observers.js';
import { METHODS } from '../adapters/bullmq/class-observers.js';
import type { BullMQJobsOptions, Unlisted } from '../adapters/bullmq/connect.js';
import { checkedOptions, connect } from '../adapters/bullmq/connect.js';
import { sandboxed } from '../adapters/bullmq/sandboxed.js';
import type { ClassObserver } from '../adapters/common/observation.js';
import { observePrototype } from '../adapters/common/prototype.js';
import type { BoxSource, Observer, Switch } from './engine-instrumentation.js';
import { checkSource, EngineInstrumentation } from './engine-instrumentation.js';
import { KnownClasses } from './known-classes.js';
import { lazily } from './lazily.js';
import { splitSwitch } from './split-switch.js';

/** How BullMQ is instrumented: one set for all queues and workers, for the options of each `bullmqJobs` is there. */
export interface BullMQInstrumentationOptions extends BullMQJobsOptions, Switch {}

type Name = keyof ClassObservers | 'ChildProcessor';

/** The files that have the classes: BullMQ is CommonJS, and requires them also where it is imported. */
const FILES: Readonly<Record<Name, string>> = {
  Queue: 'queue',
  Worker: 'worker',
  FlowProducer: 'flow-producer',
  ChildProcessor: 'child-processor',
};

const MAJOR = 6;
const SUPPORTED = [`>=${MAJOR} <${MAJOR + 1}`];
const CLASSES = 'dist/cjs/classes';
const FOLDER = `bullmq/${CLASSES}`;

interface BullMQObserver extends Observer {
  readonly classes: ClassObservers;
}

/** What a sandboxed processor's child runs its file with. */
interface ChildProcessor {
  processor?: unknown;
  init(file: string): unknown;
}

/**
 * Instruments BullMQ 6: every Queue, Worker and FlowProducer of the process is observed as `bullmqJobs(box)` observes them, sandboxed processors
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
    super('bullmq', box, (given) => {
      const { adapter, classes } = connect(where, given, own, unlisted);
      return { owner: adapter, classes };
    });
    this.#classes = new KnownClasses((name, Class) => this.#observe(name, Class));
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

  #observe(name: Name, Class: { readonly prototype: object }): () => void {
    if (name === 'ChildProcessor')
      return observePrototype(Class as { prototype: ChildProcessor }, ['init'], this.#ofChild());
    const prototype = Class.prototype as { readonly getBackend?: unknown };
    // Of BullMQ before 6.
    if (typeof prototype.getBackend !== 'function') return () => undefined;
    const of = (all: BullMQObserver | undefined): Observed<object> | undefined =>
      all?.classes[name] as Observed<object> | undefined;
    return observePrototype(
      Class,
      METHODS[name] as readonly never[],
      lazily(
        () => of(this.observer())?.observer,
        () => of(this.lastObserver())?.observer,
      ),
    );
  }

  #ofChild(): ClassObserver<ChildProcessor> {
    return {
      observationOf: (child) => ({
        init: async (call, args) => {
          const result = await call(...args);
          const { processor } = child;
          const box = this.observer() && this.box();
          if (box && typeof processor === 'function') child.processor = sandboxed(box, processor as never);
          return result;
        },
      }),
    };
  }

  /** Those that were loaded before, of which no hook tells. */
  #seeLoaded(): void {
    // Of all that was required, wherever from.
    const require = createRequire(process.execPath);
    for (const [name, file] of Object.entries(FILES)) {
      const end = `/node_modules/${FOLDER}/${file}.js`;
      for (const [id, module] of Object.entries(require.cache))
        if (
          id.replaceAll('\\', '/').endsWith(end) &&
          isSupported(require, id.slice(0, -`${CLASSES}/${file}.js`.length))
        )
          this.#classes.see(name as Name, (module?.exports as Record<string, unknown> | undefined)?.[name]);
    }
  }
}

/** Whether the package in a folder is of a release that the hook takes too. */
function isSupported(require: NodeJS.Require, folder: string): boolean {
  try {
    const { version } = require(`${folder}package.json`) as { readonly version?: unknown };
    return Number.parseInt(String(version), 10) === MAJOR;
  } catch {
    return false;
  }
}
