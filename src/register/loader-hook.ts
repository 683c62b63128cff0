import nodeModule, { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

/** The engines that are ES modules. BullMQ needs no loader hook, however it is loaded. */
const INCLUDE = { include: ['pg-boss', 'graphile-worker'] };

/** The synchronous hook of import-in-the-middle. */
interface Hook {
  readonly resolveSync: unknown;
  readonly loadSync: unknown;
  applyOptions(options: typeof INCLUDE): void;
}

/** Node.js 22.15 and up has it; the types that this package is compiled with do not. */
interface WithSyncHooks {
  registerHooks(hooks: { readonly resolve: unknown; readonly load: unknown }): unknown;
}

/**
 * Makes imports of the engines visible to instrumentations: by a synchronous hook if Node.js supports it, else by a loader thread. signalbox
 * uses a hook of its own, because the hooks that import-in-the-middle registers itself share one list of packages, and the app's hook must keep
 * its own list. With both hooks an instrumentation still gets each module once.
 *
 * @param here The location of this package, from which its copy of `@opentelemetry/instrumentation`, and the import-in-the-middle of that, are
 * resolved.
 */
export function registerLoaderHook(here: string): void {
  const require = createRequire(here);
  const beside = createRequire(require.resolve('@opentelemetry/instrumentation'));
  const meta = { url: pathToFileURL(beside.resolve('import-in-the-middle/hook.mjs')).href };
  if (hasSyncHooks(beside)) {
    const { createHook } = beside('import-in-the-middle/create-hook.mjs') as {
      createHook(of: typeof meta): Hook;
    };
    const hook = createHook(meta);
    hook.applyOptions(INCLUDE);
    (nodeModule as unknown as WithSyncHooks).registerHooks({
      resolve: hook.resolveSync,
      load: hook.loadSync,
    });
  } else if (isMainThread || here.startsWith('file:')) {
    // Skips the loader's own thread, which also runs modules preloaded with --require.
    register(loaderOf(meta), { data: INCLUDE });
  }
}

function hasSyncHooks(require: NodeJS.Require): boolean {
  try {
    const found = require('import-in-the-middle/supports-sync-hooks.mjs') as { supportsSyncHooks(): boolean };
    return found.supportsSyncHooks();
  } catch {
    // An older import-in-the-middle, or a Node.js that can not require ES modules.
    return false;
  }
}

/** The source of the module in the loader thread. Older releases of import-in-the-middle have no applyOptions; their initialize takes the options. */
function loaderOf(meta: { readonly url: string }): string {
  const source = `import { createHook } from ${JSON.stringify(new URL('create-hook.mjs', meta.url).href)};
const hook = createHook(${JSON.stringify(meta)});
export const initialize = (options) => (hook.applyOptions ?? hook.initialize)(options);
export const { load, resolve } = hook;`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
