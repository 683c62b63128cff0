import type { Enqueue } from '../../jobs/index.js';
import { refusalBy } from '../common/reject-reason.js';
import { isOfConnection, thrownParts, withoutText } from '../common/store-errors.js';

/** What the engine's own functions raise of a job that can not be. */
const OWN_CODE = /^GWB[A-Z]{2}$/;

/** What is added, as far as the engine has to write a time of it. */
export interface Written {
  readonly runAt?: Date | null | undefined;
}

/** Emits that a job was refused, of all that was added at once. */
export function rejectedAs(enqueue: Enqueue, error: unknown, added: readonly Written[]): void {
  const ofEngine = refusalBy(({ code }) => typeof code === 'string' && OWN_CODE.test(code), error);
  const { code } = thrownParts(error);
  const reason = code === undefined && !added.every(hasTime) ? 'invalid' : ofEngine;
  // A text without a code may name parts of the payload, unless the driver is known to have said it.
  if (code !== undefined || isOfConnection(error)) enqueue.rejected(reason, { error });
  else if (reason === 'invalid') enqueue.rejected(reason);
  else enqueue.rejected(reason, { error: withoutText('graphile-worker', error) });
}

/** Whether the engine could write its time; else it threw before it asked the database. */
function hasTime({ runAt }: Written): boolean {
  try {
    runAt?.toISOString();
    return true;
  } catch {
    return false;
  }
}
