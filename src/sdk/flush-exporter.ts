import { untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline } from '../delivery/destination.js';

/** Has an exporter flush or close itself, until the deadline. What goes wrong is told, never thrown. */
export function askExporter(
  connection: Connection,
  what: () => Promise<void> | undefined,
  deadline: Deadline,
  told: (error: unknown) => void,
): Promise<void> {
  // A promise in any case: it tells when the exporter's work has ended.
  const asked = (async () => connection.inside(async () => what(), 'untraced'))();
  return untilDeadline(asked.catch(told), deadline);
}
