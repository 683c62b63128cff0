/** A timer that waits for its moment. */
interface Waiting {
  readonly id: number;
  readonly fn: (...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
  readonly millis: number;
  readonly repeats: boolean;
  at: number;
  isCleared: boolean;
}

type TimerFunction = (fn: (...args: unknown[]) => unknown, millis?: number, ...args: unknown[]) => object;

// `promisify.custom` of `node:util`, which other runtimes do not have.
const PROMISIFIED: symbol = Symbol.for('nodejs.util.promisify.custom');

/** Timers that follow a time which stands still until a test moves it. */
export class FakeTimers {
  readonly #waiting = new Map<number, Waiting>();
  /** Milliseconds since the timers were made. */
  elapsed = 0;
  #count = 0;

  readonly setTimeout: TimerFunction = Object.assign(
    ((fn, millis, ...args) => this.#add(fn, args, millis, false)) satisfies TimerFunction,
    {
      [PROMISIFIED]: (millis?: number, value?: unknown, options?: { readonly signal?: AbortSignal }) =>
        this.#pause(millis, value, options?.signal),
    },
  );

  readonly setInterval: TimerFunction = (fn, millis, ...args) => this.#add(fn, args, millis, true);

  /** Clears a timer. False if it is none of these. */
  clear(timer: unknown): boolean {
    if (timer instanceof FakeTimer) {
      timer.close();
      return true;
    }
    const waiting = typeof timer === 'number' ? this.#waiting.get(timer) : undefined;
    if (waiting) this.#clear(waiting);
    return waiting !== undefined;
  }

  /** Takes the next timer that is due by a moment, and moves time on to it. Undefined if none is due. */
  take(until: number): (() => unknown) | undefined {
    let next: Waiting | undefined;
    for (const one of this.#waiting.values()) if (one.at <= until && (!next || one.at < next.at)) next = one;
    if (!next) return undefined;
    const { id, fn, args, millis, repeats } = next;
    this.elapsed = Math.max(this.elapsed, next.at);
    this.#waiting.delete(id);
    if (repeats) {
      next.at += millis;
      // Again at the end of the map: behind the timers that are due at the same moment.
      this.#waiting.set(id, next);
    }
    return () => fn(...args);
  }

  /** Number of timers that wait. */
  get count(): number {
    return this.#waiting.size;
  }

  #add(fn: Waiting['fn'], args: readonly unknown[], given: number | undefined, repeats: boolean): FakeTimer {
    if (typeof fn !== 'function') throw new TypeError('The callback of a timer is no function.');
    this.#count++;
    const id = this.#count;
    const millis = millisOf(given);
    const timer: Waiting = { id, fn, args, millis, repeats, at: this.elapsed + millis, isCleared: false };
    this.#waiting.set(id, timer);
    return new FakeTimer(
      id,
      () => this.#restart(timer),
      () => this.#clear(timer),
    );
  }

  #restart(timer: Waiting): void {
    if (timer.isCleared) return;
    timer.at = this.elapsed + timer.millis;
    this.#waiting.set(timer.id, timer);
  }

  #clear(timer: Waiting): void {
    timer.isCleared = true;
    this.#waiting.delete(timer.id);
  }

  #pause(millis: number | undefined, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal));
      const abort = (): void => {
        timer.close();
        reject(abortError(signal));
      };
      const end = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      };
      const timer = this.#add(end, [], millis, false);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

/**
 * The return value of `setTimeout`, with the methods of Node's timers. A fake timer never keeps the process alive, so `ref()` only
 * sets a flag.
 */
class FakeTimer {
  readonly id: number;
  readonly #restart: () => void;
  readonly #clear: () => void;
  #isRef = true;

  constructor(id: number, restart: () => void, clear: () => void) {
    this.id = id;
    this.#restart = restart;
    this.#clear = clear;
  }

  ref(): this {
    this.#isRef = true;
    return this;
  }

  unref(): this {
    this.#isRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isRef;
  }

  refresh(): this {
    this.#restart();
    return this;
  }

  close(): this {
    this.#clear();
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

// Not every runtime has the symbol, nor every realm of Node 20 that a test runner makes.
const { dispose } = Symbol as { readonly dispose?: symbol };
if (dispose !== undefined)
  Object.defineProperty(FakeTimer.prototype, dispose, {
    value(this: FakeTimer): void {
      this.close();
    },
  });

// The error that Node makes.
function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

// As in runtimes: no timer waits less than a millisecond, and one with an impossible delay is due at once.
function millisOf(given: unknown): number {
  const millis = Math.trunc(Number(given));
  return millis >= 1 && millis <= 2 ** 31 - 1 ? millis : 1;
}
