/** The approximate bytes of an object with a few properties. */
const OBJECT = 64;
/** The bytes of one property without its text: the slot and a boxed number. */
const SLOT = 24;

/**
 * The approximate memory of attributes. Queues use it as their bound in bytes. It counts one byte per UTF-16 unit, as V8 stores most text. A
 * queue of texts that need two bytes may hold twice its bound.
 */
export function weightOf(values: Readonly<Record<string, unknown>>): number {
  let bytes = OBJECT;
  for (const key in values) bytes += SLOT + weightOfValue(values[key]);
  return bytes;
}

/** The most parts of a value that are weighed: a value may have cycles, or very many parts. */
const PARTS = 10_000;

/** The approximate memory of one value: a text, bytes, a list or an object of such values, as log records of an SDK carry them. */
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
