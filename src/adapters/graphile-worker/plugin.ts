import type { SharedOptions, WorkerPluginBaseContext } from 'graphile-worker';

type Preset = NonNullable<SharedOptions['preset']>;
type Plugin = NonNullable<Preset['plugins']>[number];
type LoadTask = Extract<
  NonNullable<NonNullable<NonNullable<Plugin['worker']>['hooks']>['loadTaskFromFiles']>,
  (...args: never[]) => unknown
>;
type LoadedTask = NonNullable<Parameters<LoadTask>[1]['handler']>;

let plugins = 0;

/**
 * A plugin that hears of the engine's emitter, wherever the app gave it, and changes the tasks that are loaded from files.
 * @see https://worker.graphile.org/docs/config
 */
export function observingPlugin(
  started: (context: WorkerPluginBaseContext) => void,
  observe: (task: LoadedTask) => LoadedTask,
): Plugin {
  return {
    // Two different plugins of one name are an error of the engine's.
    name: `SignalboxPlugin${++plugins}-${Math.random().toString(36).slice(2)}`,
    version: '0.0.0',
    worker: {
      middleware: {
        init: (next, { ctx }) => {
          started(ctx);
          return next();
        },
      },
      hooks: {
        // For 0.16, which has no middleware.
        init: (ctx) => started(ctx),
        loadTaskFromFiles: (_ctx, event) => {
          if (event.handler) event.handler = observe(event.handler);
        },
      },
    },
  };
}

/** The app's preset, and after all of its plugins the one given. */
export function presetWith(preset: Preset | undefined, plugin: Plugin): Preset {
  return { extends: preset ? [preset] : [], plugins: [plugin] };
}
