import { ask, noticeHandler } from './rejection-handler.js';

/**
 * Hears how a promise ends, beside whoever has it: the promise stays the caller's own, and settles in the same turn.
 *
 * @param mirrors Whether the process still hears of a rejection that nobody handles. Only who handles it from now on can be seen, so that it
 * is true only of a promise that nobody had before: of another, a rejection that is handled already would be reported. Better no report of a
 * rejection than one too many.
 * @returns False where it is no promise, or can not be heard; a foreign thenable is none, for asking it twice may do its work twice.
 */
export function beside<T>(
  result: unknown,
  fulfilled: (value: T) => void,
  rejected: (error: unknown) => void,
  mirrors = true,
): result is Promise<T> {
  if (!isPromise(result)) return false;
  const handler = mirrors ? noticeHandler(result) : undefined;
  return ask(
    result as Promise<T>,
    fulfilled,
    handler === undefined
      ? rejected
      : (error) => {
          rejected(error);
          handler.refused(error);
        },
  );
}

export function isPromise(value: unknown): value is Promise<unknown> {
  try {
    return value instanceof Promise;
  } catch {
    // A value that throws when it is looked at is no promise.
    return false;
  }
}
