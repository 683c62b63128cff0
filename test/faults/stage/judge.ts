import type { Counts } from 'signalbox';
import type { Arrivals } from './arrivals.js';

/** What is known of one channel of one destination when its box is shut down. */
export interface Ledger {
  /** The destination, and its channel. */
  readonly where: string;
  /** What had to come to it, counted by the test; undefined where that is not known. */
  readonly emitted: number | undefined;
  /** What the library says. */
  readonly counts: Counts;
  /** What the receiving end has; undefined where it was not looked at. */
  readonly arrivals?: Arrivals | undefined;
  /** The endpoint itself makes it come twice. */
  readonly mayDouble?: boolean;
  /** Numbers that were given out, where those are not as many as had to come to it. */
  readonly numbers?: number | undefined;
}

/** How many have no true account, and in what way. */
export interface Verdict {
  readonly unaccounted: number;
  readonly why: readonly string[];
}

/**
 * The one rule: routed = delivered + dropped + failed + queued, and it is what was emitted; nothing is queued after the shutdown; what is
 * said to be delivered has arrived; nothing has arrived that is said to be dropped, while what failed may have; nothing arrives twice.
 */
export function judge({
  where,
  emitted,
  counts,
  arrivals,
  mayDouble = false,
  numbers = emitted,
}: Ledger): Verdict {
  const { routed, delivered, handedOver, failed, queued, dropped } = counts;
  const drops = Object.values(dropped);
  const why: string[] = [];
  let unaccounted = 0;
  const miss = (n: number, what: string): void => {
    if (n === 0) return;
    unaccounted += Math.abs(n);
    why.push(`${where}: ${Math.abs(n)} ${what}`);
  };
  const told = delivered + handedOver + failed + queued + drops.reduce((sum, n) => sum + n, 0);
  miss(routed - told, 'are routed and have no outcome, or one too many');
  if (emitted !== undefined) miss(emitted - routed, `differ: ${emitted} were emitted, ${routed} routed`);
  miss(queued, 'are queued after the shutdown');
  for (const n of [delivered, handedOver, failed, ...drops]) miss(Math.min(0, n), 'are counted below zero');
  if (!arrivals) return { unaccounted, why };
  const taken = delivered + handedOver;
  const { distinct, doubled, strangers, end } = arrivals;
  miss(Math.max(0, taken - distinct), `are said to be delivered and did not arrive`);
  miss(Math.max(0, distinct - taken - failed), `arrived and are said to be dropped`);
  if (!mayDouble) miss(doubled, 'arrived twice');
  miss(strangers, 'arrived that nobody emitted');
  if (numbers !== undefined)
    miss(Math.max(0, end - numbers), 'or more arrived with numbers that nobody emitted');
  return { unaccounted, why };
}
