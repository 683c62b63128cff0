import type { RejectReason } from '../../jobs/job.js';

/** Why a send was refused: pg-boss asserts what it is given, all else is the database's trouble. */
export function reasonOf(error: unknown): RejectReason {
  try {
    return (error as { code?: unknown }).code === 'ERR_ASSERTION' ? 'invalid' : 'error';
  } catch {
    return 'error';
  }
}
