import nodeModule, { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

/** Engines that are ESM: BullMQ needs no loader hook, however it is loaded. */
const INCLUDE = { include: ['pg-boss', 'graphile-worker'] };

/** import-in-the-middle's hook, in both of its forms. */
interface Hook {
  readonly resolveSync: unknown;
  readonly loadSync: unknown;
  applyOptions(options: typeof INCLUDE): void;
}

/** Of Node 22.15 and up, and not in the types that this is compiled with. */
interface WithSyncHooks {
  registerHooks(hooks: { readonly resolve: unknown; readonly load: unknown }): unknown;
}

/**
 * Has imports of the engines seen: by a hook in the thread that imports where Node has such, else by a loader's. The hook is one of our
 * own: those that import-in-the-middle registers itself share one list of packages, and the app's is to see what it is to see. Beside it
 * each module is seen once.
 *
 * @param here Where this package is: the copy of import-in-the-middle is that of OpenTelemetry's instrumentation there.
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
    // Not in the loader's own thread, which runs what is preloaded by --require too.
    register(loaderOf(meta), { data: INCLUDE });
  }
}

function hasSyncHooks(require: NodeJS.Require): boolean {
  try {
    const found = require('import-in-the-middle/supports-sync-hooks.mjs') as { supportsSyncHooks(): boolean };
    return found.supportsSyncHooks();
  } catch {
    // One before it had them, or a Node that requires no ESM.
    return false;
  }
}

/** What runs in the loader's thread, as a module. Releases before its options could be given to a hook alone take them as they begin. */
function loaderOf(meta: { readonly url: string }): string {
  const source = `import { createHook } from ${JSON.stringify(new URL('create-hook.mjs', meta.url).href)};
const hook = createHook(${JSON.stringify(meta)});
export const initialize = (options) => (hook.applyOptions ?? hook.initialize)(options);
export const { load, resolve } = hook;`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
