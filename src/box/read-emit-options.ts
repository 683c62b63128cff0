import type { ValueCounts } from '../emission/value.js';
import { readGuarded, UNREADABLE } from '../emission/value.js';
import type { CoreEmitOptions } from './emit-options.js';

/** The options of one emit, read but not checked: JavaScript may pass any value. */
export type GivenOptions = { readonly [K in keyof Required<CoreEmitOptions>]: unknown };

export const NOTHING_GIVEN: GivenOptions = {
  severity: undefined,
  message: undefined,
  context: undefined,
  timestamp: undefined,
  spanSays: undefined,
};

/** Reads each option of an emit once. An option whose getter throws is counted and ignored. */
export function readEmitOptions(options: unknown, counts: ValueCounts): GivenOptions {
  if (typeof options !== 'object' || options === null) return NOTHING_GIVEN;
  const read = (name: keyof GivenOptions): unknown => {
    const value = readGuarded(options, name, counts);
    return value === UNREADABLE ? undefined : value;
  };
  return {
    severity: read('severity'),
    message: read('message'),
    context: read('context'),
    timestamp: read('timestamp'),
    spanSays: read('spanSays'),
  };
}
