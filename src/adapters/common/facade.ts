/**
 * An object of an engine with some of its methods replaced. Everything else of it stays its own: types, fields, `instanceof`. Its own
 * methods run on the object itself, so that private fields of classes work, and calls among them are not seen by the replacements. Who
 * puts something in the place of a replacement (a patch, a spy) replaces just that: what it replaces still calls the object's own.
 */
export function facade<T extends object>(target: T, given: Partial<T>): T {
  const replaced: Partial<T> = { ...given };
  const bound = new WeakMap<object, unknown>();
  return new Proxy(target, {
    get: (_, key) => {
      if (Object.hasOwn(replaced, key)) return Reflect.get(replaced, key);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || key === 'constructor') return value;
      let method = bound.get(value);
      if (method === undefined) {
        method = value.bind(target);
        bound.set(value, method);
      }
      return method;
    },
    set: (_, key, value) =>
      Object.hasOwn(replaced, key)
        ? Reflect.set(replaced, key, value)
        : Reflect.set(target, key, value, target),
  });
}
