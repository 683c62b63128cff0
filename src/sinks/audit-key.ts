import type { Signer } from '../audit/signature.js';
import { ed25519Signer, hmacSigner } from '../audit/signature.js';
import { optionsIn } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { checkNoBareSecret } from './secret-options.js';

/**
 * The key that signs the lines of an audit trail. With a `secret`: HMAC-SHA-256, and whoever can verify can also sign. With a
 * `privateKey`: Ed25519, and verifying needs only the public key. Each line contains the `id`, so that keys can be changed.
 */
export type AuditKey =
  | {
      /** 1 to 64 letters, digits, `_`, `.` or `-`. */
      readonly id: string;
      /** At least 32 bytes. */
      readonly secret: string | Uint8Array;
      readonly privateKey?: undefined;
    }
  | {
      /** 1 to 64 letters, digits, `_`, `.` or `-`. */
      readonly id: string;
      /** A private key of the kind Ed25519, in PEM (PKCS #8). */
      readonly privateKey: string;
      readonly secret?: undefined;
    };

const KEY_ID = /^[\w.-]{1,64}$/;
const SECRET_BYTES = 32;

/** Makes a signer from a key. Throws a {@link SignalboxError} that shows nothing of the key. */
export function signerOf(where: string, key: AuditKey): Signer {
  checkNoBareSecret(`${where}: \`key\` is`, key, '{ id: …, secret: … }');
  const given = optionsIn<{ id?: unknown; secret?: unknown; privateKey?: unknown }>(where, 'key', key, {
    id: true,
    secret: true,
    privateKey: true,
  });
  const { id, secret, privateKey } = given;
  if (typeof id !== 'string' || !KEY_ID.test(id))
    throw new SignalboxError(
      `${where}: \`key.id\` is ${shown(id)}. Give 1 to 64 letters, digits, \`_\`, \`.\` or \`-\`, as in '2026-a'.`,
    );
  if ((secret === undefined) === (privateKey === undefined))
    throw new SignalboxError(`${where}: \`key\` needs a \`secret\` or a \`privateKey\`: one of them.`);
  if (privateKey !== undefined) return withPrivateKey(where, id, privateKey);
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array))
    throw new SignalboxError(`${where}: \`key.secret\` is of type ${typeof secret}. Give a text or bytes.`);
  const { length } = Buffer.from(secret as string);
  if (length < SECRET_BYTES)
    throw new SignalboxError(
      `${where}: \`key.secret\` has ${length} bytes. Give at least ${SECRET_BYTES}, as \`openssl rand -hex 32\` makes.`,
    );
  return hmacSigner(id, secret);
}

function withPrivateKey(where: string, id: string, privateKey: unknown): Signer {
  try {
    return ed25519Signer(id, privateKey as string);
  } catch {
    throw new SignalboxError(
      `${where}: \`key.privateKey\` is no private key of the kind Ed25519 in PEM. Make one with \`openssl genpkey -algorithm ed25519\`.`,
    );
  }
}
