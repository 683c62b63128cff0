import { untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline } from '../delivery/destination.js';

/** Has an exporter flush or close itself, until the deadline. Errors go to `told`; nothing is thrown. */
export function askExporter(
  connection: Connection,
  what: () => Promise<void> | undefined,
  deadline: Deadline,
  told: (error: unknown) => void,
): Promise<void> {
  // `inside` always gets a promise, so that it knows when the exporter's work has ended.
  const asked = (async () => connection.inside(async () => what(), 'untraced'))();
  return untilDeadline(asked.catch(told), deadline);
}
