import type { AbandonReason } from '../../jobs/job.js';
import type { QueueTelemetry } from '../../jobs/queue-telemetry.js';
import type { JobRow } from './job-row.js';

/** A job of which only the id is known. */
export function unread(id: string): JobRow {
  return { id, state: '', attempts: undefined, runnableFor: undefined };
}

/** Emits the bad end of a job, with what its row says. */
export function abandon(queue: QueueTelemetry, row: JobRow, reason: AbandonReason, error?: unknown): void {
  const { id, attempts, carrier, runnableFor } = row;
  const now = queue.now();
  queue.abandoned(
    { id },
    {
      reason,
      attempts,
      carrier,
      error,
      // A later attempt's row no longer says when the job could first have run.
      runnableAt: attempts === 0 && runnableFor !== undefined ? now - runnableFor : undefined,
      endedAt: now,
    },
  );
}
