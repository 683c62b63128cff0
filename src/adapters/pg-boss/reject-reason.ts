import type { RejectReason } from '../../jobs/job.js';
import * as rejectReason from '../common/reject-reason.js';
import type { Thrown } from '../common/store-errors.js';
import * as errors from '../common/store-errors.js';

/** What pg-boss says of jobs that are not valid, besides its assertions: whole sentences. */
const SENTENCES: readonly RegExp[] = [
  /^duplicate job id in insert batch: .+$/,
  /^key_strict_fifo queues require a singletonKey$/,
];

/** Why pg-boss refused a send: `invalid` if pg-boss or PostgreSQL says that the job is not valid, otherwise `error`. */
export function reasonOf(error: unknown): RejectReason {
  return rejectReason.refusalBy(saysInvalid, error);
}

function saysInvalid({ code, message }: Thrown): boolean {
  return code === 'ERR_ASSERTION' || (code === undefined && SENTENCES.some((one) => one.test(message)));
}

/**
 * An error of pg-boss as signalbox may report it. pg-boss's own messages stay. All others go, because database adapters put the statement and its
 * values into them.
 */
export function withoutText(error: unknown): unknown {
  const { code } = errors.thrownParts(error);
  if (code === 'ERR_ASSERTION' || (typeof code === 'string' && code.startsWith('PGBOSS_'))) return error;
  return errors.withoutText('pg-boss', error);
}
