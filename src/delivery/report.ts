import type { RedactText } from '../emission/redact-text.js';
import { swallow } from '../emission/swallow.js';
import { cut, owned } from '../emission/text.js';
import { API_GLOBAL } from './api-global.js';
import { causeName, causeText } from './diag-cause.js';

interface DiagLogger {
  warn?(message: string, ...args: unknown[]): unknown;
}

/**
 * Tells a trouble through OTel's `diag`: at once the first time, then at most once a minute for each key, with a count; in all, at most
 * 100 lines a minute, and how many more there would have been. `'sink'`: the cause is what a sink threw, which may hold what was
 * revealed to it.
 */
export type Report = (key: string, message: string, error?: unknown, from?: 'sink') => void;

const MINUTE_MILLIS = 60_000;
const LINES = 100;
/** More than are told in a minute, so that none is forgotten before its minute is over. */
const KEYS = 256;
const KEY_LENGTH = 256;

interface Told {
  at: number;
  /** How many more of it there were since. */
  held: number;
}

/** @param redact Rewrites what is told of a cause. It never throws, and what is no text is `[redacted]`. */
export function createReport(redact?: RedactText): Report {
  const lines = new Lines();
  return (key, message, error, from) => {
    try {
      const held = lines.admit(key);
      if (held === undefined) return;
      const more = held ? ` (${held} more like it since)` : '';
      const cause = from === 'sink' ? causeName(error, redact) : causeText(error, redact);
      tell(`${message}${more}${cause}`);
    } catch {
      // A throwing diag logger is nothing the app should see, and there is nowhere else to tell it.
    }
  };
}

/** What is told lately, in bounds: keys are made of names of the app's, of which there may be many. */
class Lines {
  readonly #told = new Map<string, Told>();
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;
  #over = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** How many more like it there were since it was told last; undefined where it is not to be told now. */
  admit(given: string): number | undefined {
    const key = cut(given, KEY_LENGTH);
    const now = performance.now();
    const known = this.#told.get(key);
    if (known && isWithin(known.at, now)) {
      known.held++;
      return undefined;
    }
    if (!isWithin(this.#since, now)) this.#begin(now);
    if (this.#count >= LINES) {
      this.#over++;
      this.#timer ??= this.#later(this.#since + MINUTE_MILLIS - now);
      return undefined;
    }
    this.#count++;
    this.#keep(owned(key), now);
    return known?.held ?? 0;
  }

  // The one told longest ago goes first.
  #keep(key: string, now: number): void {
    this.#told.delete(key);
    this.#told.set(key, { at: now, held: 0 });
    if (this.#told.size <= KEYS) return;
    const [[oldest, { held }] = ['', { held: 0 }]] = this.#told;
    this.#told.delete(oldest);
    this.#over += held;
  }

  #begin(now: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#since = now;
    this.#count = 0;
    const over = this.#over;
    this.#over = 0;
    if (over > 0) tell(`${over} more messages were kept back: at most ${LINES} are told in a minute`);
  }

  // Where nothing more is told, the count still is.
  #later(millis: number): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => this.#begin(performance.now()), millis);
    (timer as { unref?(): void }).unref?.();
    return timer;
  }
}

// A clock that was set back (by fake timers) begins anew.
function isWithin(since: number, now: number): boolean {
  return now >= since && now - since < MINUTE_MILLIS;
}

function tell(text: string): void {
  try {
    const diag = (globalThis as { [API_GLOBAL]?: { diag?: DiagLogger } })[API_GLOBAL]?.diag;
    swallow(diag?.warn?.(`signalbox: ${text}`));
  } catch {
    // As above.
  }
}
