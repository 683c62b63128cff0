import { createHmac, createSecretKey } from 'node:crypto';
import type { RedactionPolicy } from '../signal/field.js';
import type { OptionNames } from '../signal/option-checks.js';
import { optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';

/** Options of {@link keyedHash}. */
export interface KeyedHashOptions {
  /** The secret: at least 32 bytes of a random source, as `randomBytes(32)` or `openssl rand -base64 32` give. A text counts as UTF-8. */
  readonly key: string | Uint8Array;
  /** Which key it is, in each hash: letters, digits, `_`, `-` and `.`, at most 64. A new key gets another, so that old and new hashes are told apart. */
  readonly keyId: string;
}

const WHERE = 'keyedHash';
/** RFC 2104 discourages keys that are shorter than the hash. */
const KEY_BYTES = 32;
const KEY_ID = /^[\w.-]{1,64}$/;
const OPTIONS: OptionNames<KeyedHashOptions> = { key: true, keyId: true };

/**
 * The same value leaves as the same text, `<keyId>:<43 characters>`: HMAC-SHA-256 of the value by a key, in base64url. So what one user did can be
 * found together, and who does not have the key can not find out which user it was by trying. Whoever has it can: call the policy with the
 * value, and search for what it answers.
 *
 * @param options The key and its id. The key is copied, and stands in no message.
 * @returns The policy, for `sensitive`.
 * @throws {SignalboxError} When the key has fewer than 32 bytes, or an option is none of the values it can have.
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

// Nothing of the key is told but its length.
function keyBytes(given: unknown): Uint8Array {
  const bytes = typeof given === 'string' ? Buffer.from(given) : given;
  if (!(bytes instanceof Uint8Array))
    throw new SignalboxError(
      `${WHERE}: \`key\` is no text and no Uint8Array. Give at least ${KEY_BYTES} random bytes, as randomBytes(${KEY_BYTES}).`,
    );
  if (bytes.length < KEY_BYTES)
    throw new SignalboxError(
      `${WHERE}: \`key\` has ${bytes.length} bytes. Give at least ${KEY_BYTES} random ones, as randomBytes(${KEY_BYTES}).`,
    );
  return bytes;
}
