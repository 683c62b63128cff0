import type { Core } from '../../box/core.js';
import { isResting } from './claim.js';

/** The core as an observer uses it that can be switched off, as an instrumentation is: it is then as if the box was disabled. */
export function switchable(core: Core, owner: () => object): Core {
  return { ...core, enabled: () => !isResting(owner()) && core.enabled() };
}
