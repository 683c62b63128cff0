import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OtlpRequest } from '../../support/otlp-endpoint.js';
import { PROTOBUF, readRequest } from './otlp-request.js';

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
  const server = createServer((request, response) => {
    readRequest(request).then(
      ({ kind, body }) => {
        taken.push({ kind, body: Buffer.from(JSON.stringify(body)) });
        response.writeHead(200, { 'content-type': PROTOBUF }).end();
      },
      (error: unknown) => {
        complaints.push(error instanceof Error ? error.message : String(error));
        response.writeHead(400).end();
      },
    );
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
