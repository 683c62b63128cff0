import { NO_LOKI } from '../stack/stack.js';
import type { Scene } from './step.js';

/** Says what a step leaves out where there is no Loki to ask, and why; nothing where there is one. */
export function sayLeftOut({ stack, say }: Scene, what: string): void {
  if (stack.loki === undefined) say(`left out: ${what}: ${NO_LOKI}`);
}
