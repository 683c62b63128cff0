import type { RedactText } from '../emission/redact-text.js';
import { swallow } from '../emission/swallow.js';
import { cut, owned } from '../emission/text.js';
import { API_GLOBAL } from './api-global.js';
import { causeName, causeText } from './diag-cause.js';

interface DiagLogger {
  warn?(message: string, ...args: unknown[]): unknown;
}

/**
 * Reports a problem to OpenTelemetry's `diag`: the first time at once, then at most once a minute per key, with a count. All keys together get
 * at most 100 lines a minute, then a line with the number of lines held back. `'sink'` means that a sink threw `error`, which may contain
 * values that were revealed to that sink only.
 */
export type Report = (key: string, message: string, error?: unknown, from?: 'sink') => void;

const MINUTE_MILLIS = 60_000;
const LINES = 100;
/** More keys than lines in a minute, so that no key is forgotten before its minute is over. */
const KEYS = 256;
const KEY_LENGTH = 256;

interface Told {
  at: number;
  /** How many reports of the key were held back since. */
  held: number;
}

/** @param redact Rewrites the text of a cause. It never throws and always returns a string. */
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
      // The app must not see that its diag logger threw, and there is no other place to report it.
    }
  };
}

/** The recently reported keys. They are bounded, because keys contain names of the app, of which there may be many. */
class Lines {
  readonly #told = new Map<string, Told>();
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;
  #over = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** How many reports of the key were held back since its last line. Undefined if it must not be reported now. */
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

  // The map keeps insertion order, so the least recently reported key is dropped.
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
    if (over > 0) tell(`${over} more messages were held back: at most ${LINES} are reported a minute`);
  }

  // The timer reports the count even if no further problem occurs.
  #later(millis: number): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => this.#begin(performance.now()), millis);
    (timer as { unref?(): void }).unref?.();
    return timer;
  }
}

// A clock that fake timers set back starts a new minute.
function isWithin(since: number, now: number): boolean {
  return now >= since && now - since < MINUTE_MILLIS;
}

function tell(text: string): void {
  try {
    const diag = (globalThis as { [API_GLOBAL]?: { diag?: DiagLogger } })[API_GLOBAL]?.diag;
    swallow(diag?.warn?.(`signalbox: ${text}`));
  } catch {
    // The app must not see that its diag logger threw.
  }
}
