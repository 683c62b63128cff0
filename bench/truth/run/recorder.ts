import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { requests } from '../../../test/e2e/receive/otlp-messages.js';
import { readMessage } from '../../../test/e2e/receive/protobuf.js';
import type { ReceivedLog } from '../../../test/support/otlp-model.js';
import { readOtlp } from '../../../test/support/otlp-model.js';

/** Stands at Loki's address. */
export interface Recorder {
  /** What the collector's `LOKI_ENDPOINT` is. */
  readonly url: string;
  /** What came and was no OTLP by protobuf. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1: each record is handed on when it comes, none is kept. */
export async function startRecorder(take: (log: ReceivedLog) => void): Promise<Recorder> {
  const complaints: string[] = [];

  async function read(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    if (request.url !== '/otlp/v1/logs' || request.headers['content-type'] !== 'application/x-protobuf')
      throw new Error(`${request.method} ${request.url} as ${request.headers['content-type']}`);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const json = Buffer.from(JSON.stringify(readMessage(requests.logs, body)));
    for (const log of readOtlp([{ kind: 'logs', body: json }]).logs) take(log);
  }

  const server = createServer((request, response) => {
    read(request).then(
      () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(),
      (error: unknown) => {
        complaints.push(error instanceof Error ? error.message : String(error));
        response.writeHead(400).end();
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    complaints,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
