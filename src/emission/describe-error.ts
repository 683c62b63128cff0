import { withoutOwnFrames } from './own-frames.js';
import type { RedactText } from './redact-text.js';
import { rewrite } from './redact-text.js';

/** The parts of a thrown value that may leave: redacted, bounded, safe to read. */
export interface DescribedError {
  /** `error.code` if it is a short identifier, else `error.name`, rewritten by the hook; `_OTHER` for values that are not errors. */
  readonly type: string;
  readonly message: string;
  /** With the stacks of its causes and of its `errors` (`AggregateError`). */
  readonly stack?: string | undefined;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const TYPE_LENGTH = 64;
const OTHER = '_OTHER';
/** The most stacks of causes and of `errors` that follow the stack of an error. */
const CAUSES = 5;
const described = new WeakSet<object>();

/** Whether {@link describeError} made the value: an error is described, and redacted, only once. */
export function isDescribed(value: unknown): value is DescribedError {
  return typeof value === 'object' && value !== null && described.has(value);
}

/** Describes a thrown value of any type. Never throws, whatever its getters do. */
export function describeError(thrown: unknown, limit: number, redact?: RedactText): DescribedError {
  if (isDescribed(thrown)) return thrown;
  const parts = Object.freeze(
    isError(thrown) ? ofError(thrown, limit, redact) : ofOther(thrown, limit, redact),
  );
  described.add(parts);
  return parts;
}

/** A described error as one line of text: `RangeError: too far`. */
export function inBrief({ type, message }: DescribedError): string {
  return message === '' ? type : `${type}: ${message}`;
}

/** Whether a value is an error of any realm. False if reading it throws. */
// `instanceof` runs proxy traps and misses errors of other realms; the tag finds those.
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  try {
    if (value instanceof Error) return true;
    const tag = Object.prototype.toString.call(value);
    return tag === '[object Error]' || tag === '[object DOMException]';
  } catch {
    return false;
  }
}

function ofError(error: Error, limit: number, redact?: RedactText): DescribedError {
  const code = read(error, 'code');
  const name = read(error, 'name');
  const message = read(error, 'message');
  return {
    type: rewrite(identifier(code) ?? identifier(name) ?? 'Error', 'type', TYPE_LENGTH, redact) || OTHER,
    message: rewrite(typeof message === 'string' ? message : '', 'message', limit, redact),
    stack: rewrite(stackOf(error, limit), 'stack', limit, redact) || undefined,
  };
}

function ofOther(thrown: unknown, limit: number, redact?: RedactText): DescribedError {
  const message = typeof thrown === 'object' && thrown !== null ? read(thrown, 'message') : undefined;
  const text =
    typeof thrown === 'string'
      ? thrown
      : typeof message === 'string'
        ? message
        : `thrown: ${thrown === null ? 'null' : typeof thrown}`;
  return { type: OTHER, message: rewrite(text, 'message', limit, redact) };
}

function read(from: object, key: string): unknown {
  try {
    return (from as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function identifier(value: unknown): string | undefined {
  return typeof value === 'string' && IDENTIFIER.test(value) ? value : undefined;
}

/** The stack of an error, then the stacks of its `errors` (`AggregateError`) and of its causes. */
function stackOf(error: Error, limit: number): string {
  let text = '';
  let written = 0;
  const seen = new Set<unknown>();
  const left: (readonly [label: string, thrown: unknown])[] = [['', error]];
  for (let next = left.shift(); next && written <= CAUSES && text.length < limit; next = left.shift()) {
    const [label, thrown] = next;
    if (!isError(thrown) || seen.has(thrown)) continue;
    seen.add(thrown);
    written++;
    text += `${label}${ownStack(thrown, limit)}`;
    // Depth first: the stacks of each error are followed by those of its own parts.
    left.unshift(...partsOf(thrown).map((part) => ['\nOne of its errors: ', part] as const), [
      '\nCaused by: ',
      read(thrown, 'cause'),
    ]);
  }
  return text;
}

function ownStack(error: Error, limit: number): string {
  const stack = read(error, 'stack');
  if (typeof stack === 'string') return withoutOwnFrames(stack, limit * 4);
  const message = read(error, 'message');
  return typeof message === 'string' ? message : '';
}

function partsOf(error: Error): readonly unknown[] {
  const parts: unknown[] = [];
  try {
    const errors = read(error, 'errors');
    // By index: the app's list may override `slice` and the iterator.
    if (Array.isArray(errors))
      for (let at = 0; at < Math.min(errors.length, CAUSES); at++) parts.push(errors[at]);
  } catch {
    // The parts read so far remain.
  }
  return parts;
}
