import type { RejectReason } from '../../jobs/job.js';
import type { Thrown } from './store-errors.js';
import { isObject, partOf, thrownParts } from './store-errors.js';

/** PostgreSQL on values that it can not take, and on constraints. A division by zero says nothing of a job. */
const REFUSED_VALUE = /^(?:22(?!012)|23)[0-9A-Z]{3}$/;

/** JavaScript on values that JSON can not carry. */
const NO_JSON = /^(?:Converting circular structure to JSON(?:\n|$)|Do not know how to serialize a BigInt$)/;

/** How many causes of an error are followed: database adapters wrap PostgreSQL's errors. */
const DEPTH = 4;

/**
 * Why the engine refused a job. `invalid` only if the engine (`says`), PostgreSQL or JSON states that the job is impossible. All else is
 * `error`: the store, its connection, or anything unforeseen. A missing property of an error proves nothing.
 */
export function refusalBy(says: (thrown: Thrown) => boolean, error: unknown): RejectReason {
  const seen: unknown[] = [];
  for (let cause = error; isObject(cause) && seen.length < DEPTH; cause = partOf(cause, 'cause')) {
    seen.push(cause);
    const thrown = thrownParts(cause);
    const { name, code, message } = thrown;
    if (says(thrown) || (typeof code === 'string' && REFUSED_VALUE.test(code))) return 'invalid';
    if (name === 'TypeError' && NO_JSON.test(message)) return 'invalid';
  }
  return 'error';
}
