import type { Inside } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { Target } from './target.js';

/** Whether the destination itself caused the emission. It then does not get it, since the loop would never end. Counts and reports it. */
export function isReentrant(target: Target, inside: Inside | undefined, report: Report): boolean {
  if (!inside?.destinations.has(target.identity)) return false;
  const { account, destination } = target;
  account.dropped('reentrant');
  account.arrived++;
  report(
    `reentrant:${destination}`,
    `'${destination}' emits while it is called: the box does not give that back to it`,
  );
  return true;
}
