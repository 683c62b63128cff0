import type { EventEmitter } from 'node:events';

/** Methods that return the object that they are called on, which must not be the one behind the facade. */
const CHAINED = [
  'on',
  'once',
  'addListener',
  'prependListener',
  'prependOnceListener',
  'off',
  'removeListener',
  'removeAllListeners',
  'setMaxListeners',
] as const;

export function chained<T extends EventEmitter>(target: T, seen: () => T): Partial<T> {
  const methods = CHAINED.map((name) => {
    const method = (...args: unknown[]): T => {
      Reflect.apply(target[name] as (...a: unknown[]) => unknown, target, args);
      return seen();
    };
    return [name, method] as const;
  });
  return Object.fromEntries(methods) as Partial<T>;
}
