/**
 * Hears how a promise ends, beside whoever has it: the promise stays the caller's own, and settles in the same turn.
 *
 * @param mirrors Whether the process still hears of a rejection that nobody handles. Only who handles it from now on can be seen, so that it
 * is true only of a promise that nobody had before: of another, a rejection that is handled already would be reported. Better no report of a
 * rejection than one too many.
 * @returns False where it is no promise; a foreign thenable is none, for asking it twice may do its work twice.
 */
export function beside<T>(
  result: unknown,
  fulfilled: (value: T) => void,
  rejected: (error: unknown) => void,
  mirrors = true,
): result is Promise<T> {
  if (!isPromise(result)) return false;
  const handler = mirrors ? (handlers.get(result) ?? noticeHandler(result)) : undefined;
  const before = weAsk;
  weAsk = true;
  try {
    void Promise.prototype.then.call(
      result,
      (value) => fulfilled(value as T),
      (error: unknown) => {
        rejected(error);
        handler?.refused(error);
      },
    );
  } finally {
    weAsk = before;
  }
  return true;
}

function isPromise(value: unknown): value is Promise<unknown> {
  try {
    return value instanceof Promise;
  } catch {
    // What can not even be looked at is no promise.
    return false;
  }
}

/** Whether we are the one who asks a promise right now. */
let weAsk = false;

/** Who else handles the rejection of a promise. We are a handler too, and hide where there is no other. */
class Handler {
  #isThere = false;
  #unhandled: Promise<never> | undefined;

  came(): void {
    this.#isThere = true;
    void this.#unhandled?.catch(() => undefined);
  }

  refused(error: unknown): void {
    if (!this.#isThere) this.#unhandled ??= Promise.reject(error);
  }
}

const handlers = new WeakMap<Promise<unknown>, Handler>();

/** Who awaits a promise reads its constructor, who chains on it reads its `then`. */
function noticeHandler(promise: Promise<unknown>): Handler {
  const handler = new Handler();
  handlers.set(promise, handler);
  try {
    for (const key of ['then', 'constructor'] as const)
      Object.defineProperty(promise, key, {
        configurable: true,
        get() {
          if (!weAsk) handler.came();
          return Reflect.get(Object.getPrototypeOf(promise) as object, key, promise) as unknown;
        },
        set(value: unknown) {
          Object.defineProperty(promise, key, { value, configurable: true, writable: true });
        },
      });
  } catch {
    // A frozen one: better no word of a rejection than one too many.
    handler.came();
  }
  return handler;
}
