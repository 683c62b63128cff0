import { API_GLOBAL } from '../../telemetry/globals.js';

const PROVIDERS = ['trace', 'metrics', 'logs'];

/**
 * Calls back at the moment when the first provider is registered with the api: a later check would also find modules that were loaded after it.
 * Until then the api's registry has setters, which are not enumerable. Does nothing if the registry exists already.
 */
export function onFirstProvider(callback: () => void): void {
  if (Object.hasOwn(globalThis, API_GLOBAL)) return;
  let isOver = false;
  onSet(globalThis, API_GLOBAL, (registry) => {
    if (typeof registry !== 'object' || registry === null) return;
    for (const name of PROVIDERS)
      if (!Object.hasOwn(registry, name))
        onSet(registry, name, () => {
          if (!isOver) callback();
          isOver = true;
        });
  });
}

/** Calls `tell` when a missing property is first set. From then on it is an ordinary property. */
function onSet(target: object, key: PropertyKey, tell: (value: unknown) => void): void {
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: false,
    get: () => undefined,
    set: (value: unknown) => {
      Object.defineProperty(target, key, { configurable: true, enumerable: true, writable: true, value });
      tell(value);
    },
  });
}
