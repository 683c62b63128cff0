import type { Inside } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { Place, Snapshot } from '../emission/snapshot.js';
import { isReentrant } from './reentrant.js';
import type { Target } from './target.js';

/** What an emission takes that waits for a sink, beside what a record of it takes: it has a second view, and says more. */
const EMISSION = 300;

/** Hands one emission to sinks. Each counts what it is handed. */
export function handToSinks(
  targets: readonly Target[],
  snapshot: Snapshot,
  place: Place,
  inside: Inside | undefined,
  report: Report,
): void {
  for (const target of targets) {
    if (isReentrant(target, inside, report)) continue;
    target.port?.accept?.(snapshot.emission(target.reveal, place), inside, EMISSION + snapshot.weight());
  }
}
