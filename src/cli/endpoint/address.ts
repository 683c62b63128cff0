import { shown } from '../../signal/signalbox-error.js';
import { Misuse } from '../command.js';
import type { Kind } from './protocol.js';
import { PORTS } from './protocol.js';

/** Reads an address. Throws a {@link Misuse} if it is not an http or https URL. */
export function addressOf(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url;
  const bare = /^[\w.-]+(:\d+)?(\/.*)?$/.exec(given);
  throw new Misuse(
    `the endpoint is ${shown(given)}, which is not a URL with http:// or https://.${bare ? ` Did you mean 'http://${given}'?` : ` Give one, as http://localhost:${PORTS.http}.`}`,
  );
}

/** The kind of telemetry that the path of an address names, as `/v1/traces` does. */
export function kindIn(url: URL): Kind | undefined {
  return /\/v1\/(traces|logs|metrics)\/?$/.exec(url.pathname)?.[1] as Kind | undefined;
}

/** The same address without such a path, as OTEL_EXPORTER_OTLP_ENDPOINT needs it. */
export function baseOf(url: URL): URL {
  const base = new URL(url);
  base.pathname = url.pathname.replace(/\/v1\/(traces|logs|metrics)\/?$/, '/');
  return base;
}

/** The URL to which exporters post if OTEL_EXPORTER_OTLP_ENDPOINT is this address. */
export function pathFor(base: URL, kind: Kind): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/v1/${kind}`;
  return url;
}

/** An address as text, without the slash of an empty path. */
export function text(url: URL): string {
  return url.href.replace(/\/$/, '');
}

/** The address with another port, or another scheme, and no path. */
export function moved(
  url: URL,
  to: { readonly port?: string; readonly protocol?: 'http:' | 'https:' },
): string {
  const other = new URL(url.origin);
  if (to.protocol) other.protocol = to.protocol;
  if (to.port) other.port = to.port;
  return text(other);
}
