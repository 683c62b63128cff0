import type { Finding } from '../finding.js';
import { baseOf, kindIn, moved, pathFor, text } from './address.js';
import { isCertificate } from './answer.js';
import { grpcVerdict, httpVerdict } from './answer-meaning.js';
import { call } from './grpc.js';
import { post } from './http.js';
import type { Kind, Protocol } from './protocol.js';
import { KINDS, PORTS, typeOf } from './protocol.js';
import { listens, speaksTls, where } from './socket.js';

/** Checks whether an address takes OTLP of a protocol. Sends only empty requests. */
export async function examine(url: URL, protocol: Protocol): Promise<readonly Finding[]> {
  const unreachable = await reach(url);
  if (unreachable) return [unreachable];
  const mixed = await mixedUp(url, protocol);
  if (mixed) return [mixed];
  return protocol === 'grpc' ? grpcFindings(url) : httpFindings(url, protocol);
}

async function reach(url: URL): Promise<Finding | undefined> {
  if (await listens(url)) return undefined;
  const { host, port } = where(url);
  const others = Object.values(PORTS).filter((other) => other !== url.port);
  const open: string[] = [];
  for (const other of others) if (await listens(new URL(moved(url, { port: other })))) open.push(other);
  return {
    of: text(url),
    says: `nothing takes connections at ${host}, port ${port}`,
    fix:
      open.length > 0
        ? `port ${open.join(' and ')} is open there: give ${open.map((other) => moved(url, { port: other })).join(' or ')}`
        : 'start the receiver, or correct host and port; within a container, localhost is the container itself',
  };
}

// The finding if port and exporter differ: TLS or none, gRPC or HTTP.
async function mixedUp(url: URL, protocol: Protocol): Promise<Finding | undefined> {
  const isTls = await speaksTls(url);
  if (url.protocol === 'http:' && isTls)
    return {
      of: text(url),
      says: 'the port speaks TLS, and the URL is http',
      fix: `give ${moved(url, { protocol: 'https:' })}`,
    };
  if (url.protocol === 'https:' && !isTls)
    return {
      of: text(url),
      says: 'the port speaks no TLS, and the URL is https',
      fix: `give ${moved(url, { protocol: 'http:' })}, or switch TLS on at the receiver`,
    };
  if (protocol === 'grpc') {
    const grpc = await call(url, KINDS.traces);
    if (grpc.grpcStatus !== undefined || isCertificate(grpc)) return undefined;
    const http = await post(pathFor(baseOf(url), 'traces'), 'application/x-protobuf');
    if (http.status === undefined) return undefined;
    return {
      of: text(url),
      says: 'the port speaks HTTP, and the exporters speak gRPC',
      fix: `give the port of gRPC, as ${moved(url, { port: PORTS.grpc })}, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf (exporters of the packages named …-otlp-proto)`,
    };
  }
  const http = await post(kindIn(url) ? url : pathFor(url, 'traces'), typeOf(protocol));
  if (http.status !== undefined || isCertificate(http)) return undefined;
  const grpc = await call(url, KINDS.traces);
  if (grpc.grpcStatus === undefined) return undefined;
  return {
    of: text(url),
    says: `the port speaks gRPC, and the exporters speak ${protocol}`,
    fix: `give the port of HTTP, as ${moved(url, { port: PORTS.http })}, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc (exporters of the packages named …-otlp-grpc)`,
  };
}

async function httpFindings(url: URL, protocol: Protocol): Promise<readonly Finding[]> {
  const only = kindIn(url);
  const kinds = only ? [only] : (Object.keys(KINDS) as Kind[]);
  const findings: Finding[] = [];
  for (const kind of kinds) {
    const at = only ? url : pathFor(url, kind);
    const answer = await post(at, typeOf(protocol));
    findings.push(await httpVerdict(at, answer, protocol));
  }
  if (only)
    findings.push({
      of: text(url),
      says: `is right as OTEL_EXPORTER_OTLP_${only.toUpperCase()}_ENDPOINT and as the option \`url\` of an exporter; OTEL_EXPORTER_OTLP_ENDPOINT is ${text(baseOf(url))}, to which exporters add /v1/${only}`,
    });
  return findings;
}

async function grpcFindings(url: URL): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [kind, service] of Object.entries(KINDS))
    findings.push(grpcVerdict(kind, text(url), await call(url, service)));
  return findings;
}
