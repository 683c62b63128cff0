import type { ResourceLike } from '../delivery/destination.js';

/** What to wait for before an export, as the SDK does: attributes that are still being detected. */
export function resourceReady(resource: ResourceLike): Promise<void> | undefined {
  return resource.asyncAttributesPending ? resource.waitForAsyncAttributes?.() : undefined;
}
