import { SignalboxError } from '../signal/signalbox-error.js';

/**
 * Refuses a text and the like where an object is to be given that holds a secret: most likely it is the secret itself, so its type is told
 * alone. Undefined and whatever is an object is left to others to judge.
 *
 * @param what What was given, as the message begins.
 * @throws {SignalboxError}
 */
export function checkNoBareSecret(what: string, given: unknown, example: string): void {
  if (given === undefined || typeof given === 'object') return;
  throw new SignalboxError(
    `${what} of type ${typeof given} (not shown, for it may be a secret). Give an object, as in ${example}.`,
  );
}
