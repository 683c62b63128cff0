const BENEATH = Symbol.for('signalbox.beneath.1');

type AnyFunction = (...args: never[]) => unknown;

function all(): WeakMap<object, () => unknown> {
  const holder = globalThis as { [BENEATH]?: WeakMap<object, () => unknown> };
  holder[BENEATH] ??= new WeakMap();
  return holder[BENEATH];
}

/** Notes what a method of a prototype stands over. */
export function liesOver<F extends AnyFunction>(method: F, now: () => unknown): F {
  all().set(method, now);
  return method;
}

/** The engine's own method beneath one that observes; any other function itself. */
export function beneath(method: unknown): unknown {
  const now = typeof method === 'function' ? all().get(method) : undefined;
  return now ? now() : method;
}
