const NAME = 'SignalboxError';
const IS_INSTANCE = Function.prototype[Symbol.hasInstance];

/**
 * Thrown when something is declared or configured wrongly: a signal, a field, a route, a destination.
 * Its message names the value received and the fix. Nothing of signalbox throws after construction.
 *
 * `instanceof` knows those of another copy of signalbox too, such as its ES module in an app that requires it as CommonJS as well.
 *
 * @example
 * ```ts
 * import { defineSignal, SignalboxError } from 'signalbox';
 * try {
 *   defineSignal('not a name', { fields: {} });
 * } catch (e) {
 *   if (e instanceof SignalboxError) console.error(e.message);
 * }
 * ```
 */
export class SignalboxError extends Error {
  override readonly name: 'SignalboxError' = NAME;

  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      // biome-ignore lint/complexity/noThisInStatic: a subclass inherits it, and knows its own alone.
      return IS_INSTANCE.call(this, value) || (this === SignalboxError && isNamed(value));
    } catch {
      return false;
    }
  }
}

function isNamed(value: unknown): boolean {
  // The tag is that of an error of any realm.
  return Object.prototype.toString.call(value) === '[object Error]' && (value as Error).name === NAME;
}

/** A value as it may stand in a message: short, quoted, and never throwing. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 80)}…` : value}'`;
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  try {
    return Array.isArray(value) ? `a list of ${value.length}` : `a value of type ${typeof value}`;
  } catch {
    return 'an unreadable value';
  }
}
