import { settleAll, withDeadline } from '../delivery/deadline.js';
import type { Port } from '../delivery/destination.js';
import { beforeExit } from '../delivery/process-exit.js';
import type { Report } from '../delivery/report.js';
import type { Untold } from './pending-work.js';

/**
 * Flushes the box's own exporters, and sinks that hold back emissions, when the process has nothing left to do. The app flushes its own
 * providers. Returns the undo, or undefined if there is nothing to flush.
 */
export function flushBeforeExit(
  ports: ReadonlyMap<string, Port>,
  untold: Untold,
  report: Report,
): (() => void) | undefined {
  const holding = [...ports.values()].filter(({ kind, holdsBack }) => kind === 'exporters' || holdsBack);
  if (holding.length === 0) return undefined;
  return beforeExit(() =>
    withDeadline(
      undefined,
      (deadline) => untold.flush(() => settleAll(holding, (port) => port.forceFlush(deadline))),
      report,
    ),
  );
}
