/** Whether we are the one who asks a promise right now. */
let weAsk = false;

/** Finds out whether somebody else handles the rejection of a promise. signalbox is a handler too, and hides if there is no other. */
export class Handler {
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

class Given {
  constructor(promise: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what a constructor returns is what the private field of a subclass is put on.
    return promise;
  }
}

/** Keeps the handler of a promise in a private field of it: nobody sees it there, and a property would be twice as dear. */
class Noticed extends Given {
  readonly #handler: Handler;

  constructor(promise: object, handler: Handler) {
    super(promise);
    this.#handler = handler;
  }

  static of(promise: object): Handler | undefined {
    return #handler in promise ? promise.#handler : undefined;
  }
}

// Who awaits a promise, and who chains on it, reads its constructor. The accessors are the same ones for all, so that promises stay of one
// shape; yet the first one makes all promises of the process a little dearer, for V8 then looks at each one's constructor.
const CONSTRUCTOR: PropertyDescriptor = {
  configurable: true,
  get(this: Promise<unknown>): unknown {
    const handler = Noticed.of(this);
    if (!handler) return Promise;
    if (!weAsk) handler.came();
    return Reflect.get(Object.getPrototypeOf(this) as object, 'constructor', this) as unknown;
  },
  set(this: object, value: unknown): void {
    Object.defineProperty(this, 'constructor', { value, configurable: true, writable: true });
  },
};

/** Notices from now on who else handles the rejection of a promise. */
export function noticeHandler(promise: Promise<unknown>): Handler {
  const known = Noticed.of(promise);
  if (known) return known;
  const handler = new Handler();
  try {
    Object.defineProperty(promise, 'constructor', CONSTRUCTOR);
    new Noticed(promise, handler);
  } catch {
    // The promise is frozen. Better no report of a rejection than one too many.
    handler.came();
  }
  return handler;
}

/** Asks a promise how it ends, without being taken for who handles its rejection. False where it can not be asked: one behind a proxy. */
export function ask<T>(
  promise: Promise<T>,
  fulfilled: (value: T) => void,
  rejected: (error: unknown) => void,
): boolean {
  const before = weAsk;
  weAsk = true;
  try {
    void Promise.prototype.then.call(promise, fulfilled as (value: unknown) => void, rejected);
    return true;
  } catch {
    return false;
  } finally {
    weAsk = before;
  }
}
