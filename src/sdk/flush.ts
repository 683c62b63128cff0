import type { Core } from '../core.js';
import { settleAll, withDeadline } from '../lifecycle.js';

const DEADLINE_MILLIS = 5000;

/** What the app's SDK asks of our processors when it is flushed or shut down: the destinations go on, for the box is not the SDK's. */
export function flush(core: Core): Promise<void> {
  const ports = [...core.ports.values()].filter((port) => port.kind === 'exporters');
  return withDeadline(DEADLINE_MILLIS, (deadline) => settleAll(ports, (port) => port.forceFlush(deadline)));
}
