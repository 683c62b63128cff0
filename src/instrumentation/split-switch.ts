import { checkSwitch } from '../signal/option-checks.js';
import type { Switch } from './engine-instrumentation.js';

/** Splits `enabled` from the options of the engine. Throws a SignalboxError if it is not valid. */
export function splitSwitch<O extends Switch>(
  where: string,
  options: O | undefined,
): { readonly own: Omit<O, 'enabled'> | undefined; readonly isOn: boolean } {
  // The check of the engine's options refuses a value that is not an object.
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return { own: options, isOn: true };
  const { enabled = true, ...own } = options;
  checkSwitch(where, 'enabled', enabled);
  return { own, isOn: enabled };
}
