import type { Report } from '../delivery/report.js';
import { isError } from '../emission/describe-error.js';

/**
 * What a level method was given, as message and fields. In plain JavaScript both may come in pino's order, fields or an error first: that
 * is taken as it was meant, and told.
 */
export function levelArguments(
  message: unknown,
  fields: unknown,
  report: Report,
): { readonly message: unknown; readonly fields: unknown } {
  // An error alone is an order of its own: `box.error(error)`.
  const isFirst =
    typeof fields === 'string' ? typeof message !== 'string' : !isObject(fields) && isFields(message);
  if (!isFirst) return { message, fields };
  report(
    'level:order',
    "a level method was given its fields before its message, which was taken as it was meant. Give the message first, as in box.info('hello', { a: 1 })",
  );
  return { message: fields ?? '', fields: message };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isFields(value: unknown): boolean {
  return isObject(value) && !isError(value);
}
