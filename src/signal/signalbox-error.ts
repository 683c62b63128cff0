const NAME = 'SignalboxError';
const IS_INSTANCE = Function.prototype[Symbol.hasInstance];

/**
 * signalbox throws it when a signal, a field, a route or a destination is declared or configured wrongly.
 * Its message names the value received and the fix. Once a box exists, `emit`, `forceFlush`, `shutdown` and job wrappers never throw.
 *
 * `instanceof` also recognises errors of another copy of signalbox: an app may load it both as an ES module and as CommonJS.
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
      // biome-ignore lint/complexity/noThisInStatic: a subclass inherits this method and must recognise only its own instances.
      return IS_INSTANCE.call(this, value) || (this === SignalboxError && isNamed(value));
    } catch {
      return false;
    }
  }
}

function isNamed(value: unknown): boolean {
  // The tag also recognises errors of other realms.
  return Object.prototype.toString.call(value) === '[object Error]' && (value as Error).name === NAME;
}

/** A value as a message shows it: short and quoted. Never throws. */
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
