import type { Core } from '../box/core.js';
import { settleAll, withDeadline } from '../delivery/deadline.js';
import type { Deadline, Port } from '../delivery/destination.js';

const DEADLINE_MILLIS = 5000;

/** A port whose channels can be flushed one by one. */
export interface ChannelPort extends Port {
  flushChannel?(channel: 'logs' | 'spans', deadline: Deadline): Promise<void>;
}

/** What the app's SDK asks of our processors when it is flushed or shut down: the destinations go on, for the box is not the SDK's. */
export function flush(core: Core, channel: 'logs' | 'spans'): Promise<void> {
  const ports = core.ports.values();
  return withDeadline(DEADLINE_MILLIS, (deadline) =>
    settleAll(ports, async (port: ChannelPort) => port.flushChannel?.(channel, deadline)),
  );
}
