import type { Around } from '../common/function-proxy.js';
import type { GraphileAdapter } from './adapter.js';

/** Around calls while the box is not disabled; after that they are made as if nothing observed them, or as `disabled` makes them. */
export function whileEnabled(
  { core }: GraphileAdapter,
  around: Around,
  disabled: Around = (call, args) => call(...args),
): Around {
  return (call, args, self) => (core.enabled() ? around : disabled)(call, args, self);
}
