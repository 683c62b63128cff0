import type { Finding } from '../finding.js';
import { moved, text } from './address.js';
import type { Answer } from './answer.js';
import { isCertificate } from './answer.js';
import { post } from './http.js';
import type { Protocol } from './protocol.js';
import { PORTS, typeOf } from './protocol.js';

/** The finding for an answer to an export over HTTP. */
export async function httpVerdict(url: URL, answer: Answer, protocol: Protocol): Promise<Finding> {
  const { status } = answer;
  const of = `POST ${text(url)}`;
  if (status === undefined) return { of, ...unanswered(answer) };
  if (status < 300) return { of, says: `takes ${protocol} (${status})` };
  const fix = status === 415 || status === 400 ? await typeFix(url, protocol) : undefined;
  return { of, says: `answers ${status}`, fix: fix ?? fixOf(status, url, answer) };
}

function fixOf(status: number, url: URL, { location, body = '' }: Answer): string {
  if (status >= 300 && status < 400)
    return `exporters follow no redirects: give the address that it leads to${location ? `, ${location}` : ''}`;
  switch (status) {
    case 401:
    case 403:
      return 'the address is right and wants credentials, which the doctor does not send: have the exporters send them, as by OTEL_EXPORTER_OTLP_HEADERS';
    case 404:
      return `no OTLP is served under this path: OTEL_EXPORTER_OTLP_ENDPOINT is an address without /v1/…, the option \`url\` of an exporter one with it; is ${moved(url, {})} the receiver's, and is this kind of telemetry switched on there?`;
    case 405:
      return `another server listens there, which takes no POST: give the receiver's port, usually ${PORTS.http}, as ${moved(url, { port: PORTS.http })}`;
    case 413:
      return 'a proxy in front of it refuses requests of this size: raise its limit';
    case 415:
      return 'the receiver takes neither protobuf nor JSON over HTTP: is it an OTLP receiver?';
    case 429:
    case 503:
      return 'the receiver is there and takes nothing now: look at its own log; exporters try again for a while';
    default:
      return `look at the receiver's own log${body === '' ? '' : `; it says ${JSON.stringify(body.slice(0, 120))}`}`;
  }
}

// The fix if the receiver takes the other content type.
async function typeFix(url: URL, protocol: Protocol): Promise<string | undefined> {
  const other = protocol === 'http/json' ? 'http/protobuf' : 'http/json';
  const { status = 0 } = await post(url, typeOf(other));
  if (status < 200 || status >= 300) return undefined;
  return `it takes ${other}: set OTEL_EXPORTER_OTLP_PROTOCOL=${other} (exporters of the packages named ${other === 'http/json' ? '…-otlp-http' : '…-otlp-proto'})`;
}

/** The finding for an answer to an export over gRPC. */
export function grpcVerdict(kind: string, at: string, answer: Answer): Finding {
  const of = `${kind} at ${at}`;
  const { grpcStatus, status, body } = answer;
  if (grpcStatus === undefined)
    return status === undefined
      ? { of, ...unanswered(answer) }
      : {
          of,
          says: `answers HTTP ${status} and no gRPC`,
          fix: 'configure the proxies in front of it for gRPC',
        };
  if (grpcStatus === 0) return { of, says: 'takes gRPC' };
  const says = `answers with gRPC status ${grpcStatus}${body ? ` (${decoded(body)})` : ''}`;
  if (grpcStatus === 12)
    return { of, says, fix: `no ${kind} are received there: switch them on in the receiver's configuration` };
  if (grpcStatus === 7 || grpcStatus === 16)
    return {
      of,
      says,
      fix: 'the address is right and wants credentials, which the doctor does not send: have the exporters send them, as by OTEL_EXPORTER_OTLP_HEADERS',
    };
  return { of, says, fix: "look at the receiver's own log" };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unanswered(answer: Answer): { readonly says: string; readonly fix: string } {
  const { code, message = '' } = answer;
  const says = `gives no answer (${[code, message].filter(Boolean).join(': ')})`;
  if (isCertificate(answer))
    return {
      says,
      fix: 'its certificate is not trusted: give the authority by NODE_EXTRA_CA_CERTS or OTEL_EXPORTER_OTLP_CERTIFICATE, and the host as the certificate names it',
    };
  if (code === 'ETIMEDOUT')
    return { says, fix: 'it takes connections and does not answer: is it the receiver, and is it well?' };
  return { says, fix: 'it speaks neither HTTP nor gRPC: give the address of the receiver' };
}
