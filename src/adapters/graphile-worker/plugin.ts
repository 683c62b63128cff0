import type { SharedOptions, WorkerPluginBaseContext } from 'graphile-worker';

/** What `graphile-worker` takes as `preset`. */
export type Preset = NonNullable<SharedOptions['preset']>;
type Plugin = NonNullable<Preset['plugins']>[number];
type LoadTask = Extract<
  NonNullable<NonNullable<NonNullable<Plugin['worker']>['hooks']>['loadTaskFromFiles']>,
  (...args: never[]) => unknown
>;
type LoadedTask = NonNullable<Parameters<LoadTask>[1]['handler']>;

/** What a plugin does. */
export interface Plugged {
  /** A runner begins, or utils are made: where its emitter is, wherever the app gave it. */
  started(context: WorkerPluginBaseContext): void;
  /** A task that was loaded from a file, as it is to be. */
  loaded(task: LoadedTask): LoadedTask;
  /** A pool has shut down, or (before 0.17) one of its workers: the engine waits for the answer. */
  stopped(): Promise<void>;
}

let plugins = 0;

/**
 * A plugin of the engine's: all that it uses is looked up by the engine, and what an older one does not know stays unasked.
 * @see https://worker.graphile.org/docs/config
 */
export function observingPlugin({ started, loaded, stopped }: Plugged): Plugin {
  let waitsForPools = false;
  return {
    // Two different plugins of one name are an error of the engine's.
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

/** The app's preset, and after all of its plugins the one given. */
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
