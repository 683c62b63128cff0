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
  /** The JSON as it came, unzipped. */
  readonly body: Buffer;
}

/** How the endpoint answers: takes what comes, says 503, says nothing at all, or cuts the connection. */
export type Manner = 'accept' | 'unavailable' | 'hang' | 'refuse';

/** An OTLP/HTTP JSON endpoint on this machine that keeps everything it takes. */
export interface OtlpEndpoint {
  /** The base URL. */
  readonly url: string;
  readonly requests: readonly OtlpRequest[];
  /** What came and was no OTLP/HTTP JSON. */
  readonly complaints: readonly string[];
  manner: Manner;
  close(): Promise<void>;
}

const KINDS: ReadonlyMap<string | undefined, OtlpKind> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
  ['/v1/metrics', 'metrics'],
]);

/** Starts an endpoint on a free port of 127.0.0.1. */
export async function startOtlpEndpoint(): Promise<OtlpEndpoint> {
  const requests: OtlpRequest[] = [];
  const complaints: string[] = [];
  const state: { manner: Manner } = { manner: 'accept' };

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await read(request);
    if (state.manner === 'hang') return;
    if (state.manner === 'refuse') return void request.socket.destroy();
    const kind = KINDS.get(request.url);
    const type = request.headers['content-type'];
    if (state.manner === 'unavailable') return void response.writeHead(503).end();
    if (request.method !== 'POST' || kind === undefined || type !== 'application/json') {
      complaints.push(`${request.method} ${request.url} as ${type}`);
      return void response.writeHead(404).end();
    }
    requests.push({ kind, body: request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
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
