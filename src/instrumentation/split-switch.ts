import { checkSwitch } from '../signal/option-checks.js';
import type { Switch } from './engine-instrumentation.js';

/** The options of the engine, and whether it is switched on. Throws a SignalboxError where `enabled` is not valid. */
export function splitSwitch<O extends Switch>(
  where: string,
  options: O | undefined,
): { readonly own: Omit<O, 'enabled'> | undefined; readonly isOn: boolean } {
  // What is no object is to be refused with the other options.
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return { own: options, isOn: true };
  const { enabled = true, ...own } = options;
  checkSwitch(where, 'enabled', enabled);
  return { own, isOn: enabled };
}
