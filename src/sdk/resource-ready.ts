import type { Connection, ResourceLike } from '../delivery/destination.js';

/** Milliseconds at most that exports wait for a resource. */
const MOST_MILLIS = 3000;

/** Resources that are waited for no more. */
const givenUp = new WeakSet<object>();

/**
 * What to wait for before an export, as the SDK does: attributes that are still being detected. At most three seconds, or half of what the
 * export may take; a detector without an end costs a process that time once. `late` is told then.
 */
export function resourceReady(
  resource: ResourceLike,
  timeoutMillis: number,
  late: (millis: number) => void,
): Promise<void> | undefined {
  if (!resource.asyncAttributesPending || givenUp.has(resource)) return undefined;
  const waiting = resource.waitForAsyncAttributes?.();
  if (typeof waiting?.then !== 'function') return undefined;
  const millis = Math.min(MOST_MILLIS, Math.ceil(timeoutMillis / 2));
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      const first = !givenUp.has(resource);
      givenUp.add(resource);
      if (first) late(millis);
      resolve();
    }, millis);
    (timer as { unref?(): void }).unref?.();
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    waiting.then(done, done);
  });
}

/** The same for the app's resource, as a destination asks for it before each export. Without a timeout where no export waits with it. */
export function readiness(
  connection: Connection,
  timeoutMillis: number = Number.POSITIVE_INFINITY,
): () => Promise<void> | undefined {
  return () =>
    resourceReady(connection.resource(), timeoutMillis, (millis) =>
      connection.report(
        'resource',
        `the app's resource was not detected within ${millis} ms: exports go on with what is known of it`,
      ),
    );
}
