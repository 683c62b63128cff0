import type { RedactText } from '../emission/redact-text.js';
import { rewrite } from '../emission/redact-text.js';
import { withoutSecretsOfUrls } from '../signal/url-secrets.js';
import { isOwnError } from './own-error.js';

const LENGTH = 300;
const NAME = /^[\w.-]{1,64}$/;
/** The most parts of an AggregateError that are named. */
const PARTS = 4;
/** The greatest depth of nested AggregateErrors: one may be a part of itself. */
const LEVELS = 2;

/** A caught value as text after a colon, or an empty text. Reads it guarded: hostile values throw on `${e}` and even on `instanceof`. */
export function causeText(error: unknown, redact: RedactText | undefined): string {
  if (error === undefined) return '';
  try {
    if (typeof error === 'string') return `: ${told(error, redact)}`;
    if (typeof error !== 'object' || error === null) return '';
    const { name, message } = error as { name?: unknown; message?: unknown };
    if (typeof message !== 'string') return '';
    // The AggregateError of a host that answers on none of its addresses has an empty message: its parts' codes give the reason.
    if (message === '') return `: ${rewrite(nameOf(error), 'type', LENGTH, redact)}`;
    return `: ${typeOf(name, redact)}: ${told(message, redact)}`;
  } catch {
    return ': an unreadable error';
  }
}

/**
 * The cause text of an error that a sink threw. Its message may contain values that a route revealed to that sink only. So the text has the
 * error's name alone, unless the app's hook rewrites the message or signalbox wrote it.
 */
export function causeName(error: unknown, redact: RedactText | undefined): string {
  try {
    if (redact || (typeof error === 'object' && error !== null && isOwnError(error)))
      return causeText(error, redact);
    const named = nameOf(error);
    return named === '' ? '' : `: ${named} (the box reports its message only with a redactText)`;
  } catch {
    return ': an unreadable error';
  }
}

function nameOf(error: unknown, levels = LEVELS): string {
  if (error === null || error === undefined) return '';
  if (typeof error !== 'object') return `a ${typeof error}`;
  const { name, code, errors } = error as { name?: unknown; code?: unknown; errors?: unknown };
  const parts =
    levels > 0 && Array.isArray(errors) ? errors.slice(0, PARTS).map((part) => nameOf(part, levels - 1)) : [];
  return [
    typeOf(name, undefined),
    ...(typeof code === 'string' && NAME.test(code) ? [code] : []),
    ...(parts.length > 0 ? [`of ${parts.join(', ')}`] : []),
  ].join(' ');
}

function typeOf(name: unknown, redact: RedactText | undefined): string {
  return rewrite(typeof name === 'string' && NAME.test(name) ? name : 'Error', 'type', LENGTH, redact);
}

function told(text: string, redact: RedactText | undefined): string {
  return withoutSecretsOfUrls(rewrite(text, 'message', LENGTH, redact));
}
