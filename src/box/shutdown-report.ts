import type { Counts } from '../delivery/account.js';
import { OTEL } from '../telemetry/otel.js';

/**
 * What was not delivered when a box was shut down.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * const box = createSignalbox();
 * const { complete, undelivered, refused } = await box.shutdown({ timeoutMillis: 2_000 });
 * if (!complete) console.error('telemetry was lost', undelivered, refused);
 * ```
 */
export interface ShutdownReport {
  /**
   * True where everything that was emitted before was taken, and delivered or dropped as configured. What an SDK without a pipeline for
   * logs or metrics never took is configuration; what one took before and no longer does is a loss.
   */
  readonly complete: boolean;
  /** By destination, and by what became of it: a reason, `failed`, `queued`. */
  readonly undelivered: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /**
   * Emits that did not get past the door, by reason (`depth`, `error`, `conflict`); left out where there were none. Those after the
   * shutdown began are none of it.
   */
  readonly refused?: Readonly<Record<string, number>>;
}

/** Drop reasons that a user asked for: not delivering those is no loss. */
const ASKED_FOR: ReadonlySet<string> = new Set(['filtered', 'sampled', 'rate_limited', 'nowhere']);

/** Drop reasons that are an app's configuration where its SDK never took anything of a channel: an app with traces alone loses nothing. */
const NOT_WIRED: ReadonlySet<string> = new Set(['no_provider', 'disabled']);

/** What became of what was routed, by destination, and what was refused. */
export function reportOf(
  counts: Iterable<readonly [string, Counts]>,
  refused: ReadonlyMap<string, number>,
): ShutdownReport {
  // Maps, since anything may be a name, `__proto__` too.
  const undelivered = new Map<string, Map<string, number>>();
  for (const [name, account] of counts) {
    const unwired = name === OTEL && account.handedOver === 0;
    const lost = Object.entries(account.dropped).filter(
      ([reason]) => !ASKED_FOR.has(reason) && !(unwired && NOT_WIRED.has(reason)),
    );
    if (account.failed > 0) lost.push(['failed', account.failed]);
    if (account.queued > 0) lost.push(['queued', account.queued]);
    if (lost.length === 0) continue;
    const entry = undelivered.get(name) ?? new Map<string, number>();
    undelivered.set(name, entry);
    for (const [reason, n] of lost) entry.set(reason, (entry.get(reason) ?? 0) + n);
  }
  const turnedAway = [...refused].filter(([reason, n]) => reason !== 'closed' && n > 0);
  return {
    complete: undelivered.size === 0 && turnedAway.length === 0,
    undelivered: Object.fromEntries([...undelivered].map(([name, lost]) => [name, Object.fromEntries(lost)])),
    ...(turnedAway.length > 0 ? { refused: Object.fromEntries(turnedAway) } : {}),
  };
}
