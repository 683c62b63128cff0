import type { KeyObject } from 'node:crypto';
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';

/** What a text is signed with, or a signature is looked at with. Signatures are in hexadecimal: there is one form of each. */
export interface Verifier {
  readonly id: string;
  verifies(text: string, signature: string): boolean;
}

export interface Signer extends Verifier {
  sign(text: string): string;
}

/** Signs with HMAC-SHA-256: who can look at signatures can make them. */
export function hmacSigner(id: string, secret: string | Uint8Array): Signer {
  const key = createSecretKey(typeof secret === 'string' ? Buffer.from(secret) : secret);
  const signature = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return {
    id,
    sign: (text) => signature(text).toString('hex'),
    verifies: (text, given) =>
      isHex(given, 32) && timingSafeEqual(signature(text), Buffer.from(given, 'hex')),
  };
}

/** Signs with Ed25519. Throws where the text is no private key of that kind in PEM. */
export function ed25519Signer(id: string, pem: string): Signer {
  const key = createPrivateKey(pem);
  checkKind(key);
  const { verifies } = verifierOf(id, createPublicKey(key));
  return { id, sign: (text) => sign(null, Buffer.from(text), key).toString('hex'), verifies };
}

/** Looks at signatures with Ed25519. Throws where the text is no key of that kind in PEM: the public one will do. */
export function ed25519Verifier(id: string, pem: string): Verifier {
  const key = createPublicKey(pem);
  checkKind(key);
  return verifierOf(id, key);
}

function verifierOf(id: string, key: KeyObject): Verifier {
  return {
    id,
    verifies: (text, given) =>
      isHex(given, 64) && verify(null, Buffer.from(text), key, Buffer.from(given, 'hex')),
  };
}

function checkKind({ asymmetricKeyType }: KeyObject): void {
  if (asymmetricKeyType !== 'ed25519')
    throw new TypeError(`it is a key of the kind ${asymmetricKeyType}, not ed25519`);
}

function isHex(text: string, bytes: number): boolean {
  return text.length === bytes * 2 && /^[0-9a-f]*$/.test(text);
}
