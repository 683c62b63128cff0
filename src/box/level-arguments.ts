import type { Report } from '../delivery/report.js';
import { isError } from '../emission/describe-error.js';

/**
 * The arguments of a level method as message and fields. Plain JavaScript may pass them in pino's order, with fields or an error first: they
 * are then swapped, and reported.
 */
export function levelArguments(
  message: unknown,
  fields: unknown,
  report: Report,
): { readonly message: unknown; readonly fields: unknown } {
  // An error alone is not swapped: `box.error(error)`.
  const isFirst =
    typeof fields === 'string' ? typeof message !== 'string' : !isObject(fields) && isFields(message);
  if (!isFirst) return { message, fields };
  report(
    'level:order',
    "a level method got its fields before its message; the box swapped them. Give the message first, as in box.info('hello', { a: 1 })",
  );
  return { message: fields ?? '', fields: message };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isFields(value: unknown): boolean {
  return isObject(value) && !isError(value);
}
