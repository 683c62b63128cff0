import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** What an OTLP request carries. */
export type OtlpKind = 'traces' | 'logs' | 'metrics';

/** One request that was taken. */
export interface OtlpRequest {
  readonly kind: OtlpKind;
  /** The JSON or protobuf as it came, unzipped. */
  readonly body: Buffer;
}

/** How the endpoint answers: takes what comes, says 503, says nothing at all, or cuts the connection. */
export type Manner = 'accept' | 'unavailable' | 'hang' | 'refuse';

/** What an endpoint does with one request: the HTTP status and body that it answers, where it does not take it as it is. */
export type Judge = (
  body: Buffer,
  kind: OtlpKind,
) => { readonly status: number; readonly body?: string } | undefined;

/** An OTLP/HTTP endpoint on this machine that keeps everything it takes. */
export interface OtlpEndpoint {
  /** The base URL. */
  readonly url: string;
  readonly requests: readonly OtlpRequest[];
  /** What came and was no OTLP/HTTP. */
  readonly complaints: readonly string[];
  manner: Manner;
  /** Asked for each request that is taken else. */
  judge: Judge | undefined;
  /** Requests that came, taken or not. */
  readonly calls: number;
  close(): Promise<void>;
}

const KINDS: ReadonlyMap<string | undefined, OtlpKind> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
  ['/v1/metrics', 'metrics'],
]);

const JSON_TYPE = 'application/json';
const TYPES: ReadonlySet<string | undefined> = new Set([JSON_TYPE, 'application/x-protobuf']);

/** Starts an endpoint on a free port of 127.0.0.1. */
export async function startOtlpEndpoint(): Promise<OtlpEndpoint> {
  const requests: OtlpRequest[] = [];
  const complaints: string[] = [];
  const state: { manner: Manner; judge: Judge | undefined; calls: number } = {
    manner: 'accept',
    judge: undefined,
    calls: 0,
  };

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await read(request);
    state.calls++;
    if (state.manner === 'hang') return;
    if (state.manner === 'refuse') return void request.socket.destroy();
    const kind = KINDS.get(request.url);
    const type = request.headers['content-type'];
    if (state.manner === 'unavailable') return void response.writeHead(503).end();
    if (request.method !== 'POST' || kind === undefined || !TYPES.has(type)) {
      complaints.push(`${request.method} ${request.url} as ${type}`);
      return void response.writeHead(404).end();
    }
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const verdict = state.judge?.(body, kind);
    if (!verdict || verdict.status < 300) requests.push({ kind, body });
    const json = { 'content-type': type };
    response.writeHead(verdict?.status ?? 200, json).end(verdict?.body ?? (type === JSON_TYPE ? '{}' : ''));
  }

  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => {
      complaints.push(String(error));
      response.destroy();
    });
  });
  // An idle connection that is closed under an exporter's hands would be a fault of this test.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    complaints,
    get manner() {
      return state.manner;
    },
    set manner(manner) {
      state.manner = manner;
    },
    get judge() {
      return state.judge;
    },
    set judge(judge) {
      state.judge = judge;
    },
    get calls() {
      return state.calls;
    },
    close: () => close(server),
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
