import { SignalboxError } from '../signal/signalbox-error.js';

/**
 * Refuses a text or another plain value where an object with a secret is expected. Most likely it is the secret itself, so the
 * message shows only its type. Other checks judge objects and undefined.
 *
 * @param what The beginning of the message: what was given.
 * @throws {SignalboxError}
 */
export function checkNoBareSecret(what: string, given: unknown, example: string): void {
  if (given === undefined || typeof given === 'object') return;
  throw new SignalboxError(
    `${what} of type ${typeof given} (not shown, for it may be a secret). Give an object, as in ${example}.`,
  );
}
