import type { Core } from '../box/core.js';
import { settleAll, withDeadline } from '../delivery/deadline.js';
import type { Deadline, Port } from '../delivery/destination.js';

const DEADLINE_MILLIS = 5000;

/** A port whose channels can be flushed one by one. */
export interface ChannelPort extends Port {
  flushChannel?(channel: 'logs' | 'spans', deadline: Deadline): Promise<void>;
}

/**
 * Flushes our part when the app's SDK flushes or shuts down its processors. The destinations stay open: the box does not belong to the
 * SDK.
 */
export function flush(core: Core, channel: 'logs' | 'spans'): Promise<void> {
  const ports = core.ports.values();
  return withDeadline(DEADLINE_MILLIS, (deadline) =>
    settleAll(ports, async (port: ChannelPort) => port.flushChannel?.(channel, deadline)),
  );
}
