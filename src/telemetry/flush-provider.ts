import { untilDeadline } from '../delivery/deadline.js';
import type { Deadline } from '../delivery/destination.js';
import { resourceOf } from './resource-finder.js';

/** What is being flushed, and the one flush that follows it for all who asked meanwhile. */
interface Flushing {
  readonly now: Promise<void>;
  next: Promise<void> | undefined;
}

const flushing = new WeakMap<object, Flushing>();

/**
 * Flushes a provider of the app's; never rejects, and is over at the deadline. Its resource is waited for first: SDKs that are flushed
 * while it is still being detected end the process. One flush at a time: what came while one was on its way is in the next.
 */
export function flushProvider(provider: object, deadline: Deadline): Promise<void> {
  const current = flushing.get(provider);
  if (!current) return start(provider, deadline);
  current.next ??= current.now.then(() => start(provider, deadline));
  return untilDeadline(current.next, deadline);
}

function start(provider: object, deadline: Deadline): Promise<void> {
  // What it rejects with is its own trouble, and has its own place to tell it: an exporter that is down is told by the SDK. Over at the
  // deadline: one that never answers keeps no later flush away.
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
