import type { Core } from '../box/core.js';
import { swallow } from '../emission/swallow.js';

/** Runs something of the app's SDK that may throw: the app never pays for it. */
export function quietly<T>(core: Core, what: string, fn: () => T): T | undefined {
  try {
    const result = fn();
    swallow(result);
    return result;
  } catch (error) {
    threw(core, what, error);
    return undefined;
  }
}

/** Reports what the app's SDK threw. */
export function threw(core: Core, what: string, error: unknown): void {
  core.report(`jobs:${what}`, `the app's tracing threw on ${what}`, error);
}
