import type { Inside, LogEntry } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import { isReentrant } from './reentrant.js';
import type { Target } from './target.js';

/** Hands one emission to the log channels of its destinations. Each destination counts it. */
export function handToLogs(
  targets: readonly Target[],
  entry: LogEntry,
  inside: Inside | undefined,
  report: Report,
): void {
  for (const target of targets)
    if (!isReentrant(target, inside, report)) target.port?.log?.(entry, target.reveal);
}
