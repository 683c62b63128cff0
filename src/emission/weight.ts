/** What an object with a few properties takes, roughly. */
const OBJECT = 64;
/** What one property takes beside its text: the slot, and a boxed number. */
const SLOT = 24;

/**
 * The memory of attributes, roughly: queues are bounded in bytes by it. One byte a UTF-16 unit, as V8 keeps most text; text that
 * needs two is bounded at twice as much.
 */
export function weightOf(values: Readonly<Record<string, unknown>>): number {
  let bytes = OBJECT;
  for (const key in values) bytes += SLOT + weightOfValue(values[key]);
  return bytes;
}

/** How many parts of a value may be objects of their own that are looked into: there may be circles, and large ones. */
const PARTS = 10_000;

/** The memory of one value, roughly: a text, bytes, a list or an object of such, as log records of an SDK take them; anything else. */
export function weightOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null ? weightOfObject(value, { left: PARTS }) : 0;
}

function weightOfObject(value: object, parts: { left: number }): number {
  if (ArrayBuffer.isView(value)) return OBJECT + value.byteLength;
  const values: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  parts.left -= values.length;
  let bytes = OBJECT + SLOT * values.length;
  for (const part of values) {
    if (typeof part === 'string') bytes += part.length;
    else if (typeof part === 'object' && part !== null && parts.left > 0)
      bytes += weightOfObject(part, parts);
  }
  return bytes;
}
