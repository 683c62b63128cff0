import { SignalboxError, shown } from '../../signal/signalbox-error.js';

/** The characters of a header's name, and of its value, by RFC 9110. */
const NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that the sink sets itself. */
const OWN: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'idempotency-key',
  'transfer-encoding',
]);

/** The headers of all requests, in lower case. Throws a {@link SignalboxError} that shows none of their values. */
export function checkedHeaders(headers: unknown): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    throw new SignalboxError(
      `webhook: \`headers\` is ${typeof headers === 'string' ? 'a text' : shown(headers)}. Give an object, as in { authorization: … }, or leave it out.`,
    );
  // An object that keeps its entries elsewhere would be sent as none.
  if (!isPlain(headers))
    throw new SignalboxError(
      'webhook: `headers` is no plain object (a `Headers` or a `Map` is none). Give one, as in { authorization: … } or `Object.fromEntries(headers)`.',
    );
  const checked: Record<string, string> = {};
  for (const [i, [name, value]] of Object.entries(headers as Record<string, unknown>).entries()) {
    // An invalid name may be the secret itself, written in the wrong place, so the message does not show it.
    if (!NAME.test(name))
      throw new SignalboxError(
        `webhook: the name of header ${i + 1} in \`headers\` has characters that no header's name has. Give names as keys, as in { authorization: … }.`,
      );
    const key = name.toLowerCase();
    if (OWN.has(key))
      throw new SignalboxError(
        `webhook: \`headers\` has '${key}', which the sink sets itself. Leave it out.`,
      );
    if (typeof value !== 'string' || !VALUE.test(value))
      throw new SignalboxError(
        `webhook: the header '${key}' is ${typeof value === 'string' ? 'a text with characters that no header can carry' : shown(value)}. Give a text of one line.`,
      );
    checked[key] = value;
  }
  return checked;
}

/** Whether a value is a plain object, of any realm. */
function isPlain(value: object): boolean {
  const parent: unknown = Object.getPrototypeOf(value);
  return parent === null || Object.getPrototypeOf(parent) === null;
}
