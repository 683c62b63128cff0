import { createHmac, createSecretKey } from 'node:crypto';
import type { RedactionPolicy } from '../signal/field.js';
import type { OptionNames } from '../signal/option-checks.js';
import { optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';

/** Options of {@link keyedHash}. */
export interface KeyedHashOptions {
  /** The secret: at least 32 random bytes, as from `randomBytes(32)` or `openssl rand -base64 32`. A string is encoded as UTF-8. */
  readonly key: string | Uint8Array;
  /**
   * The name of the key, which each hash starts with: letters, digits, `_`, `-` and `.`, at most 64. Give a new key a new id, so that old and
   * new hashes can be distinguished.
   */
  readonly keyId: string;
}

const WHERE = 'keyedHash';
/** RFC 2104 discourages keys that are shorter than the hash. */
const KEY_BYTES = 32;
const KEY_ID = /^[\w.-]{1,64}$/;
const OPTIONS: OptionNames<KeyedHashOptions> = { key: true, keyId: true };

/**
 * Makes a policy that replaces a value by its HMAC-SHA-256 in base64url, as `<keyId>:<43 characters>`. The same value always leaves as the
 * same text, so that the records of one user can be found together. Without the key nobody can find the value by trying candidates. With the
 * key anybody can: call the policy with the value and search for the result.
 *
 * @param options The key and its id. The policy copies the key. No error message contains it.
 * @returns The policy, for the option `sensitive` of a field.
 * @throws {SignalboxError} When the key has fewer than 32 bytes, or an option is not valid.
 * @see https://www.rfc-editor.org/rfc/rfc2104
 *
 * @example
 * ```ts
 * import { randomBytes } from 'node:crypto';
 * import { defineSignal, field } from 'signalbox';
 * import { keyedHash } from 'signalbox/redaction';
 *
 * const byKey = keyedHash({ key: process.env.LOG_KEY ?? randomBytes(32), keyId: '2026-11' });
 * defineSignal('REPORT_READ', { fields: { user: field.id({ sensitive: byKey }) } });
 * console.log(byKey('u-1')); // what to search for
 * ```
 */
export function keyedHash(options: KeyedHashOptions): RedactionPolicy {
  const { key: given, keyId } = optionsOf(WHERE, options, OPTIONS);
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId))
    throw new SignalboxError(
      `${WHERE}: \`keyId\` is ${shown(keyId)}. Give letters, digits, '_', '-' and '.', at most 64, as in '2026-11'.`,
    );
  const key = createSecretKey(keyBytes(given));
  return (text) => `${keyId}:${createHmac('sha256', key).update(text).digest('base64url')}`;
}

// The messages contain the length of the key only.
function keyBytes(given: unknown): Uint8Array {
  const bytes = typeof given === 'string' ? Buffer.from(given) : given;
  if (!(bytes instanceof Uint8Array))
    throw new SignalboxError(
      `${WHERE}: \`key\` is neither a string nor a Uint8Array. Give at least ${KEY_BYTES} random bytes, as randomBytes(${KEY_BYTES}).`,
    );
  if (bytes.length < KEY_BYTES)
    throw new SignalboxError(
      `${WHERE}: \`key\` has ${bytes.length} bytes. Give at least ${KEY_BYTES} random ones, as randomBytes(${KEY_BYTES}).`,
    );
  return bytes;
}
