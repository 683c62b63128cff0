import type { Deadline, Port } from './delivery/destination.js';
import type { Counts } from './delivery/ledger.js';
import type { Report } from './delivery/report.js';
import { createReport } from './delivery/report.js';
import { startTimer, stopTimer } from './delivery/timers.js';
import { shown } from './signal/problem.js';
import { OTEL } from './telemetry/otel.js';

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

/** Longest time that a deadline may lie ahead: what `setTimeout` can hold. */
const LONGEST = 2 ** 31 - 1;

/** What a deadline is where none was given, or one that is none. */
const DEADLINE_MILLIS = 5000;

/**
 * Runs `work` with a deadline; settles when the work does or at the deadline, and never rejects. `Infinity` is as long as a timer can
 * wait. What is no time from 0 (NaN, of a variable that is not set; a text) is told, and is the default: 5000 ms.
 */
export async function withDeadline(
  timeoutMillis: number | undefined,
  work: (deadline: Deadline) => Promise<unknown>,
  report?: Report,
): Promise<void> {
  const controller = new AbortController();
  const millis = Math.min(checkedMillis(timeoutMillis ?? DEADLINE_MILLIS, report), LONGEST);
  let timer: ReturnType<typeof startTimer> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = startTimer(() => {
      controller.abort(new DOMException(`the deadline of ${millis} ms passed`, 'TimeoutError'));
      resolve();
    }, millis);
  });
  try {
    await Promise.race([
      work({ timeoutMillis: millis, signal: controller.signal }).catch(() => undefined),
      limit,
    ]);
  } finally {
    stopTimer(timer);
  }
}

function checkedMillis(given: unknown, report: Report = createReport()): number {
  if (typeof given === 'number' && given >= 0) return given;
  report(
    'deadline',
    `\`timeoutMillis\` is ${shown(given)}, and ${DEADLINE_MILLIS} is taken instead. Give milliseconds from 0.`,
  );
  return DEADLINE_MILLIS;
}

/** All ports at once, so that a dead one does not eat the others' time. */
export async function settleAll(ports: Iterable<Port>, step: (port: Port) => Promise<void>): Promise<void> {
  await Promise.allSettled([...ports].map((port) => Promise.resolve().then(() => step(port))));
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
