import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

/** Engines that are ESM: BullMQ needs no loader hook, however it is loaded. */
const INCLUDE = ['pg-boss', 'graphile-worker'];

interface SyncHooks {
  supportsSyncHooks(): boolean;
  register(): unknown;
}

/**
 * Has imports of the engines seen: by hooks in the app's own thread where Node has them, else by a loader's. Beside a hook that the app has
 * itself, each module is seen once.
 *
 * @param here Where this package is: the copy of import-in-the-middle is that of OpenTelemetry's instrumentation there.
 */
export function registerLoaderHook(here: string): void {
  const require = createRequire(here);
  const beside = createRequire(require.resolve('@opentelemetry/instrumentation'));
  let sync: SyncHooks | undefined;
  try {
    sync = beside('import-in-the-middle/register-hooks.mjs') as SyncHooks;
  } catch {
    // One before it had them, or a Node that requires no ESM.
  }
  // What the first of those includes holds for all: without a list, so that the app's sees what it is to see.
  if (sync?.supportsSyncHooks()) sync.register();
  else if (isMainThread || here.startsWith('file:')) {
    // Not in the loader's own thread, which runs what is preloaded by --require too. One of its own: hooks of one address share what they include, and the app's is to see all.
    const hook = pathToFileURL(beside.resolve('import-in-the-middle/hook.mjs'));
    hook.search = 'signalbox';
    register(hook, { data: { include: INCLUDE } });
  }
}
