import type { Around } from '../common/function-proxy.js';
import type { GraphileAdapter } from './adapter.js';

/** Uses `around` while the box is enabled, and `disabled` otherwise. By default the call is then made as if nothing observed it. */
export function whileEnabled(
  { core }: GraphileAdapter,
  around: Around,
  disabled: Around = (call, args) => call(...args),
): Around {
  return (call, args, self) => (core.enabled() ? around : disabled)(call, args, self);
}
