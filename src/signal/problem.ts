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

/** The nearest of some known names, for "did you mean". */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length * 0.45)) + 1;
  for (const candidate of known) {
    const d = isBegun(name, candidate)
      ? 1
      : distance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (d < bestDistance) {
      bestDistance = d;
      best = candidate;
    }
  }
  return best;
}

/** ` Did you mean 'x'?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const found = nearest(name, known);
  return found === undefined ? '' : ` Did you mean '${found}'?`;
}

/** Whether a name leaves out the end of another, as `interval` does of `intervalMillis`. */
function isBegun(name: string, candidate: string): boolean {
  return name.length >= 4 && candidate.toLowerCase().startsWith(name.toLowerCase());
}

function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(
        Math.min(
          change,
          (previous[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          swap ? (previous[j - 1] ?? 0) : limit,
        ),
      );
    }
    previous = row;
  }
  return previous[b.length] ?? limit;
}
