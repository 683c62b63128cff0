import type { Counts } from '../delivery/account.js';
import { OTEL } from '../telemetry/otel.js';

/**
 * The emissions that a box had not delivered when it was shut down.
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
   * True if the box accepted all earlier emits and delivered them, or dropped them as configured. If the app's SDK has no pipeline for logs
   * or metrics and never took any, that is configuration. If it took some before and no longer does, that is a loss.
   */
  readonly complete: boolean;
  /** Counts by destination and by reason: a drop reason, `failed` or `queued`. */
  readonly undelivered: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /**
   * Refused emits by reason (`depth`, `error`, `conflict`). Undefined if there were none. Emits after the shutdown began do not count.
   */
  readonly refused?: Readonly<Record<string, number>>;
}

/** Drop reasons that the configuration asks for: they are not losses. */
const ASKED_FOR: ReadonlySet<string> = new Set(['filtered', 'sampled', 'rate_limited', 'nowhere']);

/** Drop reasons that are configuration if the app's SDK never took anything of a channel: an app with traces alone loses nothing. */
const NOT_WIRED: ReadonlySet<string> = new Set(['no_provider', 'disabled']);

/** The report from the accounts of all destinations and the refused emits. */
export function reportOf(
  counts: Iterable<readonly [string, Counts]>,
  refused: ReadonlyMap<string, number>,
): ShutdownReport {
  // Maps, because any text may be a name, even `__proto__`.
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
