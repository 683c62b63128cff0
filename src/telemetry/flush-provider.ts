import { untilDeadline } from '../delivery/deadline.js';
import type { Deadline } from '../delivery/destination.js';
import { resourceOf } from './resource-finder.js';

/** The flush that runs, and the one after it, which all callers meanwhile share. */
interface Flushing {
  readonly now: Promise<void>;
  next: Promise<void> | undefined;
}

const flushing = new WeakMap<object, Flushing>();

/**
 * Flushes a provider of the app's. It never rejects, and ends at the deadline. It waits for the provider's resource first: some SDKs
 * end the process if they are flushed while the resource is still being detected. One flush runs at a time, and calls during it share
 * the next.
 */
export function flushProvider(provider: object, deadline: Deadline): Promise<void> {
  const current = flushing.get(provider);
  if (!current) return start(provider, deadline);
  current.next ??= current.now.then(() => start(provider, deadline));
  return untilDeadline(current.next, deadline);
}

function start(provider: object, deadline: Deadline): Promise<void> {
  // The provider reports its own errors: the SDK tells of an exporter that is down. The flush ends at the deadline, so that a provider
  // that never answers does not block later flushes.
  const done = untilDeadline(
    flush(provider, deadline).catch(() => undefined),
    deadline,
  );
  const entry: Flushing = { now: done, next: undefined };
  flushing.set(provider, entry);
  void done.then(() => {
    if (flushing.get(provider) === entry) flushing.delete(provider);
  });
  return done;
}

async function flush(provider: object, deadline: Deadline): Promise<void> {
  const resource = resourceOf(provider);
  if (resource?.asyncAttributesPending) {
    await untilDeadline(
      Promise.resolve().then(() => resource.waitForAsyncAttributes?.()),
      deadline,
    );
    if (deadline.signal.aborted) return;
  }
  await (provider as { forceFlush?(): unknown }).forceFlush?.();
}
