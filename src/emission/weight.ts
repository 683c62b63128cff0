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

/** The memory of one value, roughly: a text, a list of texts, an object with texts, anything else. */
export function weightOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = OBJECT;
  for (const part of Object.values(value)) bytes += SLOT + (typeof part === 'string' ? part.length : 0);
  return bytes;
}
