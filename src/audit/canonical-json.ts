interface WellFormed {
  isWellFormed(this: string): boolean;
}

/**
 * JSON in the one form that RFC 8785 gives a value: keys by their UTF-16 code units, numbers and strings as ECMAScript writes them, no
 * white space. Throws on what has no such form: a number that is not finite, half a surrogate pair, a value that JSON does not have.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no form in JSON`);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new TypeError(`a value of type ${typeof value} has no form in JSON`);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = value as Readonly<Record<string, unknown>>;
  // Sorted as `<` sorts, which is by code units: no locale has a say.
  const keys = Object.keys(members).sort();
  return `{${keys.map((key) => `${text(key)}:${canonicalJson(members[key])}`).join(',')}}`;
}

/** What stands in JSON as it is: most texts, and nearly all keys. */
const PLAIN = /^[ !#-[\]-~]*$/;

function text(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  if (!(String.prototype as unknown as WellFormed).isWellFormed.call(value))
    throw new TypeError('half a surrogate pair has no form in canonical JSON');
  return JSON.stringify(value);
}
