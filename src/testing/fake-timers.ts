/** A timer that waits for its moment. */
interface Waiting {
  readonly id: number;
  readonly fn: (...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
  at: number;
  /** Milliseconds between two calls of one that repeats. */
  readonly every: number | undefined;
}

type TimerFunction = (fn: (...args: unknown[]) => unknown, millis?: number, ...args: unknown[]) => object;

/** Timers over a time that stands still until it is moved. */
export class FakeTimers {
  readonly #waiting = new Map<number, Waiting>();
  /** Milliseconds since they were made. */
  elapsed = 0;
  #count = 0;

  readonly setTimeout: TimerFunction = (fn, millis, ...args) =>
    this.#add(fn, args, millisOf(millis), undefined);

  readonly setInterval: TimerFunction = (fn, millis, ...args) => {
    const every = millisOf(millis);
    return this.#add(fn, args, every, every);
  };

  /** Whether it was one of these. */
  clear(timer: unknown): boolean {
    if (timer instanceof FakeTimer) return this.#waiting.delete(timer.id);
    return typeof timer === 'number' && this.#waiting.delete(timer);
  }

  /** The next one that is due until a moment; nothing where none is. Time is then as late as it is, and it waits no more. */
  take(until: number): (() => unknown) | undefined {
    let next: Waiting | undefined;
    for (const one of this.#waiting.values()) if (one.at <= until && (!next || one.at < next.at)) next = one;
    if (!next) return undefined;
    const { id, fn, args, every } = next;
    this.elapsed = Math.max(this.elapsed, next.at);
    this.#waiting.delete(id);
    // Behind those that are due at the same moment.
    if (every !== undefined) this.#waiting.set(id, { ...next, at: next.at + every });
    return () => fn(...args);
  }

  /** How many wait. */
  get count(): number {
    return this.#waiting.size;
  }

  #add(fn: Waiting['fn'], args: readonly unknown[], millis: number, every: number | undefined): FakeTimer {
    if (typeof fn !== 'function') throw new TypeError('The callback of a timer is no function.');
    this.#count++;
    const id = this.#count;
    this.#waiting.set(id, { id, fn, args, at: this.elapsed + millis, every });
    return new FakeTimer(id, () => this.#waiting.set(id, { id, fn, args, at: this.elapsed + millis, every }));
  }
}

/** What `setTimeout` returns: what Node's timers can do, as far as a process that is not kept waiting is concerned. */
class FakeTimer {
  readonly id: number;
  readonly #restart: () => void;

  constructor(id: number, restart: () => void) {
    this.id = id;
    this.#restart = restart;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.#restart();
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

// As runtimes have it: no timer waits less than a millisecond, and what can not be waited for is due at once.
function millisOf(given: unknown): number {
  const millis = Math.trunc(Number(given));
  return millis >= 1 && millis <= 2 ** 31 - 1 ? millis : 1;
}
