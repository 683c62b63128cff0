import type { Connection, ResourceLike } from '../delivery/destination.js';

/** Maximum milliseconds that exports wait for a resource. */
const MOST_MILLIS = 3000;

/** Resources that exports no longer wait for. */
const givenUp = new WeakSet<object>();

/**
 * Before an export, waits as the SDK does for resource attributes that are still being detected: at most three seconds, or half of
 * the export's time limit. A detector that never ends costs a process that time once, and `late` is called.
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

/** The same for the app's resource, which a destination asks for before each export. Without a timeout if no export waits for it. */
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
