import net from 'node:net';
import tls from 'node:tls';
import { PATIENCE_MILLIS } from './answer.js';

/** Whether the address accepts connections. */
export function listens(url: URL): Promise<boolean> {
  return settled(net.connect(where(url)), 'connect');
}

/** Whether the address speaks TLS, whatever its certificate. */
export function speaksTls(url: URL): Promise<boolean> {
  const { host } = where(url);
  const name = net.isIP(host) ? {} : { servername: host };
  // No data is sent, so an untrusted certificate does no harm: the check only needs a handshake.
  return settled(tls.connect({ ...where(url), ...name, rejectUnauthorized: false }), 'secureConnect');
}

/** Host and port of an address, without the brackets of IPv6. */
export function where(url: URL): { readonly host: string; readonly port: number } {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function settled(socket: net.Socket, well: 'connect' | 'secureConnect'): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (is: boolean) => () => {
      resolve(is);
      socket.destroy();
    };
    socket.once(well, settle(true));
    socket.once('error', settle(false));
    socket.once('close', settle(false));
    socket.setTimeout(PATIENCE_MILLIS, settle(false));
  });
}
