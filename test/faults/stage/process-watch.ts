/** What a process has open that keeps it, or that its code began: to be as before when a box is shut down. */
export interface Open {
  readonly resources: ReadonlyMap<string, number>;
  readonly listeners: ReadonlyMap<string, number>;
}

/** Sees what is thrown and rejected and nobody takes, and which timers and listeners are there. Made before the library is loaded. */
export class ProcessWatch {
  readonly uncaught: string[] = [];
  /** Timers that may still fire, those included that keep no process, by the lines that set them. */
  readonly #timers = new Map<object, string>();

  constructor() {
    // Opened when they are first looked at.
    void [process.stdout, process.stderr];
    const keep = (what: string) => (error: unknown) => void this.uncaught.push(`${what}: ${told(error)}`);
    process.on('uncaughtException', keep('uncaught'));
    process.on('unhandledRejection', keep('rejected unhandled'));
    this.#wrap('setTimeout', 'clearTimeout');
    this.#wrap('setInterval', 'clearInterval');
  }

  open(): Open {
    const resources = new Map<string, number>();
    for (const type of process.getActiveResourcesInfo()) {
      // Those are told by the wrapped functions, each with its line.
      if (type !== 'Timeout' && type !== 'Immediate') resources.set(type, (resources.get(type) ?? 0) + 1);
    }
    const listeners = new Map<string, number>();
    const emitters = { process, stdout: process.stdout, stderr: process.stderr };
    for (const [name, emitter] of Object.entries(emitters)) {
      for (const event of emitter.eventNames())
        listeners.set(`${name} ${String(event)}`, emitter.listenerCount(event));
    }
    return { resources, listeners };
  }

  /** What there is more of than before. */
  left(before: Open): string[] {
    const now = this.open();
    return [
      ...more('handle', now.resources, before.resources),
      ...more('listener', now.listeners, before.listeners),
      ...[...this.#timers].filter(([timer]) => !isOver(timer)).map(([, line]) => `a timer, set ${line}`),
    ];
  }

  #wrap(set: 'setTimeout' | 'setInterval', clear: 'clearTimeout' | 'clearInterval'): void {
    const [begin, end] = [globalThis[set] as Begin, globalThis[clear] as (timer: unknown) => void];
    const timers = this.#timers;
    const wrapped: Begin = (fn, millis, ...args) => {
      const timer = begin(() => {
        if (set === 'setTimeout') timers.delete(timer);
        fn(...args);
      }, millis);
      // Of those that were ended by other ways than the wrapped ones.
      if (timers.size > 5000) for (const one of timers.keys()) if (isOver(one)) timers.delete(one);
      timers.set(timer, callerOf(new Error().stack));
      return timer;
    };
    const properties = Object.getOwnPropertyDescriptors(begin);
    // With the form of `util.promisify`.
    for (const key of Object.getOwnPropertySymbols(properties))
      Object.defineProperty(wrapped, key, properties[key as never] as PropertyDescriptor);
    globalThis[set] = wrapped as never;
    globalThis[clear] = ((timer: unknown) => {
      timers.delete(timer as object);
      end(timer);
    }) as never;
  }
}

type Begin = (fn: (...args: unknown[]) => void, millis?: number, ...args: unknown[]) => object;

function callerOf(stack = ''): string {
  return stack.split('\n').slice(2, 4).join(' < ').replace(/\s+/g, ' ').trim();
}

function isOver(timer: object): boolean {
  return (timer as { readonly _destroyed?: boolean })._destroyed === true;
}

function more(what: string, now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): string[] {
  return [...now]
    .filter(([name, n]) => n > (before.get(name) ?? 0))
    .map(([name, n]) => `${what} ${name}: ${n}, ${before.get(name) ?? 0} before`);
}

/** What an error says, whatever it is. */
export function told(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } catch {
    return 'something that can not be told';
  }
}
