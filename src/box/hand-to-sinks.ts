import type { Inside } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { Place, Snapshot } from '../emission/snapshot.js';
import type { Receipts } from './receipts.js';
import { isReentrant } from './reentrant.js';
import type { Target } from './target.js';

/** The bytes that a queued emission takes beyond a queued record: it has a second view and more properties. */
const EMISSION = 300;

/** The bytes that an awaited emission takes beyond that: the promise, its deadline and their closures. */
const WAITED_FOR = 5000;

/** Hands one emission to sinks. Each sink counts it. `receipts` is given by `emitDurably`, which waits for durable sinks. */
export function handToSinks(
  targets: readonly Target[],
  snapshot: Snapshot,
  place: Place,
  inside: Inside | undefined,
  report: Report,
  receipts: Receipts | undefined,
): void {
  for (const target of targets) {
    const { port, reveal, destination } = target;
    const receipt = receipts && port?.durable ? receipts.of(destination) : undefined;
    if (isReentrant(target, inside, report)) receipt?.settle({ dropped: 'reentrant' });
    else {
      // The weight is exact only after the view is made: policies run then.
      const emission = snapshot.emission(reveal, place);
      const bytes = EMISSION + (receipt ? WAITED_FOR : 0) + snapshot.weight();
      port?.accept?.(emission, inside, bytes, receipt);
    }
  }
}
