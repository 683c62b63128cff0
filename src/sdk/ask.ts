import { untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline } from '../delivery/destination.js';

/** Has an exporter flush or close itself, until the deadline. What goes wrong is told, never thrown. */
export function askExporter(
  connection: Connection,
  what: () => Promise<void> | undefined,
  deadline: Deadline,
  told: (error: unknown) => void,
): Promise<void> {
  const asked = (async () => connection.inside(what, 'untraced'))();
  return untilDeadline(asked.catch(told), deadline);
}
