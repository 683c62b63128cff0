import { API_GLOBAL } from '../../telemetry/globals.js';

const PROVIDERS = ['trace', 'metrics', 'logs'];

/**
 * Calls back at the moment in which the first provider is registered with the api, for a look after that finds what was loaded meanwhile too. Until then
 * the api's registry has setters, which nobody sees who lists its properties; where there is a registry already, it is left alone.
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

/** Has a property that is not there tell when it is set first; from then on it is one as any other. */
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
