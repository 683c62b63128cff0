import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { OtlpKind, OtlpRequest } from '../../support/otlp-endpoint.js';
import { requests } from './otlp-messages.js';
import { readMessage } from './protobuf.js';

/** A backend of a collector that keeps everything it is sent, for tests to read. */
export interface Receiver {
  /** The base URL: OTLP by protobuf is taken at any path that ends in `/v1/traces`, `/v1/logs` or `/v1/metrics`. */
  readonly url: string;
  /** What came, as OTLP's JSON has it. */
  readonly requests: readonly OtlpRequest[];
  /** What came and was no OTLP by protobuf. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts a receiver on a free port of 127.0.0.1. */
export async function startReceiver(): Promise<Receiver> {
  const taken: OtlpRequest[] = [];
  const complaints: string[] = [];

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const kind = /\/v1\/(traces|logs|metrics)$/.exec(request.url ?? '')?.[1] as OtlpKind | undefined;
    const type = request.headers['content-type'];
    if (kind === undefined || type !== 'application/x-protobuf')
      throw new Error(`${request.method} ${request.url} as ${type}`);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    taken.push({ kind, body: Buffer.from(JSON.stringify(readMessage(requests[kind], body))) });
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }

  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => {
      complaints.push(error instanceof Error ? error.message : String(error));
      response.writeHead(400).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: taken,
    complaints,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
