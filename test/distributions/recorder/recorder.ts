import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { answerTo } from './answers.js';
import { readAzure } from './azure.js';
import { readDatadog } from './datadog.js';
import { readNewRelic } from './new-relic.js';
import { readOtlpRequests } from './otlp.js';
import type { Recorded } from './recorded.js';
import { together } from './recorded.js';
import type { TakenRequest } from './request.js';
import { readSentry } from './sentry.js';

const READERS = [readOtlpRequests, readSentry, readDatadog, readAzure, readNewRelic];

/** An endpoint on loopback that takes whatever a distribution sends, in its own protocol. */
export interface Recorder {
  readonly port: number;
  /** Where it speaks TLS; undefined without credentials. */
  readonly securePort: number | undefined;
  readonly requests: readonly TakenRequest[];
  /** All that came so far. */
  read(): Recorded;
  close(): Promise<void>;
}

export async function startRecorder(tls?: {
  readonly key: Buffer;
  readonly cert: Buffer;
}): Promise<Recorder> {
  const requests: TakenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    take(request).then(
      (taken) => {
        requests.push(taken);
        const { status = 200, type, body } = answerTo(taken);
        response.writeHead(status, { 'content-type': type }).end(body);
      },
      () => void response.destroy(),
    );
  };
  const servers = [createServer(listener), ...(tls ? [createSecureServer(tls, listener)] : [])];
  const [port = 0, securePort] = await Promise.all(servers.map(listen));
  return {
    port,
    securePort,
    requests,
    read: () => together(READERS.map((read) => read(requests))),
    close: async () => void (await Promise.all(servers.map(close))),
  };
}

async function listen(server: Server): Promise<number> {
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

const UNZIP: Readonly<Record<string, ((zipped: Buffer) => Buffer) | undefined>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

async function take(request: IncomingMessage): Promise<TakenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const unzip = UNZIP[request.headers['content-encoding'] ?? ''];
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: unzip && raw.length > 0 ? unzip(raw) : raw };
}
