import { examine } from '../endpoint/examine-endpoint.js';
import type { ExporterFacts } from './facts.js';

/** The fix for an exporter that refused the test signal. Examines its address. */
export async function refusalFix({ url, protocol, isSecure, error }: ExporterFacts): Promise<string> {
  const address = url === undefined ? undefined : addressOf(url, isSecure ? 'https' : 'http');
  if (address === undefined)
    return `look at what the exporter says${error ? '' : ' (set OTEL_LOG_LEVEL=debug)'}`;
  const findings = await examine(address, protocol ?? 'http/protobuf');
  const wrong = findings.filter(({ fix }) => fix !== undefined);
  if (wrong.length === 0)
    return `the address takes empty requests, so look at what the receiver says of this one (its own log)`;
  return wrong.map(({ says, fix }) => `${says}: ${fix}`).join('; ');
}

// Addresses of gRPC exporters have no scheme.
function addressOf(given: string, scheme: 'http' | 'https'): URL | undefined {
  const text = /^https?:/.test(given)
    ? given
    : `${scheme}://${given.replace(/^(dns|ipv4|ipv6|unix):\/*/, '')}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}
