import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WORK } from './places.js';

/** What a recorder speaks TLS with, made on this machine for it alone. */
export interface Credentials {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** The file of the certificate, for those who are to trust it. */
  readonly certFile: string;
}

const run = promisify(execFile);
const SUBJECT = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];

/** Makes them once, by `openssl`. */
export async function credentials(): Promise<Credentials> {
  const folder = join(WORK, 'tls');
  const keyFile = join(folder, 'key.pem');
  const certFile = join(folder, 'cert.pem');
  if (!existsSync(certFile)) {
    mkdirSync(folder, { recursive: true });
    const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650'];
    await run('openssl', ['req', ...kind, ...SUBJECT, '-keyout', keyFile, '-out', certFile], {
      timeout: 60_000,
    });
  }
  return { key: readFileSync(keyFile), cert: readFileSync(certFile), certFile };
}
