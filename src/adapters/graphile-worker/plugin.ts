import type { SharedOptions, WorkerPluginBaseContext } from 'graphile-worker';

/** What `graphile-worker` takes as `preset`. */
export type Preset = NonNullable<SharedOptions['preset']>;
type Plugin = NonNullable<Preset['plugins']>[number];
type LoadTask = Extract<
  NonNullable<NonNullable<NonNullable<Plugin['worker']>['hooks']>['loadTaskFromFiles']>,
  (...args: never[]) => unknown
>;
type LoadedTask = NonNullable<Parameters<LoadTask>[1]['handler']>;

/** What the plugin calls. */
export interface Plugged {
  /** A runner begins, or the app makes utils. The context has their emitter, wherever the app gave it. */
  started(context: WorkerPluginBaseContext): void;
  /** Returns what the engine runs in place of a task that it loaded from a file. */
  loaded(task: LoadedTask): LoadedTask;
  /** A pool has shut down, or (before 0.17) one of its workers. The engine waits for the answer. */
  stopped(): Promise<void>;
}

let plugins = 0;

/**
 * A plugin for the engine. The engine looks up all parts of it, and an older one ignores what it does not know.
 * @see https://worker.graphile.org/docs/config
 */
export function observingPlugin({ started, loaded, stopped }: Plugged): Plugin {
  let waitsForPools = false;
  return {
    // The engine throws if two different plugins have the same name.
    name: `SignalboxPlugin${++plugins}-${Math.random().toString(36).slice(2)}`,
    version: '0.0.0',
    worker: {
      middleware: {
        init: (next, { ctx }) => {
          waitsForPools = true;
          started(ctx);
          return next();
        },
        poolGracefulShutdown: (next) => settling(next(), stopped),
        poolForcefulShutdown: (next) => settling(next(), stopped),
      },
      hooks: {
        // For 0.16, which has no middleware.
        init: (ctx) => started(ctx),
        stopWorker: () => (waitsForPools ? undefined : stopped()),
        loadTaskFromFiles: (_ctx, event) => {
          if (event.handler) event.handler = loaded(event.handler);
        },
      },
    },
  };
}

/** A preset with all plugins of the app's, and then the given one. */
export function presetWith(preset: Preset | undefined, plugin: Plugin): Preset {
  return { extends: preset ? [preset] : [], plugins: [plugin] };
}

async function settling<T>(result: T | PromiseLike<T>, then: () => Promise<void>): Promise<T> {
  try {
    return await result;
  } finally {
    await then();
  }
}
