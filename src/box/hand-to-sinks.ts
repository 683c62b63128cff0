import type { Inside } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { Place, Snapshot } from '../emission/snapshot.js';
import type { Receipts } from './receipts.js';
import { isReentrant } from './reentrant.js';
import type { Target } from './target.js';

/** What an emission takes that waits for a sink, beside what a record of it takes: it has a second view, and says more. */
const EMISSION = 300;

/** What one takes besides that somebody waits for: the promise, its deadline, and what they keep. */
const WAITED_FOR = 5000;

/** Hands one emission to sinks. Each counts what it is handed. `receipts`: of those that are waited for. */
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
      // What it weighs is known when the view is made.
      const emission = snapshot.emission(reveal, place);
      const bytes = EMISSION + (receipt ? WAITED_FOR : 0) + snapshot.weight();
      port?.accept?.(emission, inside, bytes, receipt);
    }
  }
}
