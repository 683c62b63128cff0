import type { Enqueue } from '../../jobs/index.js';
import { refusalBy } from '../common/reject-reason.js';
import { isOfConnection, thrownParts, withoutText } from '../common/store-errors.js';

/** Codes that the engine's own SQL functions raise for jobs that are not valid. */
const OWN_CODE = /^GWB[A-Z]{2}$/;

/** The part of an added job whose time the engine has to write. */
export interface Written {
  readonly runAt?: Date | null | undefined;
}

/** Emits that the engine refused a job. `added` are all jobs of the call. */
export function rejectedAs(enqueue: Enqueue, error: unknown, added: readonly Written[]): void {
  const ofEngine = refusalBy(({ code }) => typeof code === 'string' && OWN_CODE.test(code), error);
  const { code } = thrownParts(error);
  const reason = code === undefined && !added.every(hasTime) ? 'invalid' : ofEngine;
  // A message without a code may contain parts of the payload, unless it is known to be the driver's.
  if (code !== undefined || isOfConnection(error)) enqueue.rejected(reason, { error });
  else if (reason === 'invalid') enqueue.rejected(reason);
  else enqueue.rejected(reason, { error: withoutText('graphile-worker', error) });
}

/** Whether the engine could write the job's time. If not, it threw before it asked the database. */
function hasTime({ runAt }: Written): boolean {
  try {
    runAt?.toISOString();
    return true;
  } catch {
    return false;
  }
}
