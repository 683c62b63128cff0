import type { Inside } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { Target } from './target.js';

/** Whether something is emitted by a destination at work, which must not feed that destination: it would never end. It is counted here. */
export function isReentrant(target: Target, inside: Inside | undefined, report: Report): boolean {
  if (!inside?.destinations.has(target.identity)) return false;
  const { account, destination } = target;
  account.dropped('reentrant');
  account.arrived++;
  report(`reentrant:${destination}`, `'${destination}' emits at work: not given to it`);
  return true;
}
