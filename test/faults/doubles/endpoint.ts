import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createSocketServer } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { requests } from '../../e2e/receive/otlp-messages.js';
import { readMessage } from '../../e2e/receive/protobuf.js';
import type { OtlpBody } from '../../support/otlp-json.js';
import type { Stage } from '../stage/stage.js';

/** One request to an endpoint that is a fault. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Counts from 0. */
  readonly nth: number;
  /** The numbers of the records in it. */
  readonly numbers: readonly number[];
  /** Writes the records into the book of what arrived. */
  take(): void;
  /** Answers as an endpoint does that took everything. */
  accept(body?: string): void;
}

/** An endpoint on loopback. */
export interface Endpoint {
  readonly url: string;
  readonly port: number;
  /** Requests or connections that came. */
  readonly calls: number;
  /** Ends it, with its connections. */
  stop(): Promise<void>;
}

/** What a sound endpoint does. */
export function takesAll({ take, accept }: Call): void {
  take();
  accept();
}

/** Numbers of the records of an OTLP request, in JSON or by protobuf. */
export function numbersIn(body: Buffer, type = 'application/json'): number[] {
  const read = (
    type.includes('json') ? JSON.parse(body.toString()) : readMessage(requests.logs, body)
  ) as OtlpBody;
  const records = (read.resourceLogs ?? []).flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords = [] }) => logRecords),
  );
  return records.flatMap(({ attributes = [] }) =>
    attributes.filter(({ key }) => key === 'n').map(({ value }) => Number(value.intValue)),
  );
}

/**
 * Starts an endpoint over HTTP that does with each request what a fault says. `early`: before the body was read.
 */
export async function startEndpoint(
  stage: Stage,
  destination: string,
  answer: (call: Call) => unknown,
  {
    port = 0,
    early = false,
    read = numbersIn,
  }: {
    readonly port?: number;
    readonly early?: boolean;
    /** How the numbers of a request are read; default as OTLP. */
    readonly read?: (body: Buffer, type: string | undefined) => number[];
  } = {},
): Promise<Endpoint> {
  const seen = stage.arrivals(destination);
  let calls = 0;
  const server = createServer(async (request, response) => {
    const nth = calls++;
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      const body = early ? undefined : await bodyOf(request);
      const type = request.headers['content-type'];
      const numbers = body ? read(body, type) : [];
      await answer({
        request,
        response,
        nth,
        numbers,
        take: () => {
          for (const n of numbers) seen.take(n);
        },
        accept: (text = type?.includes('json') ? '{}' : '') => {
          response.writeHead(200, { 'content-type': type }).end(text);
        },
      });
    } catch (error) {
      // A body that was cut off is part of the fault; one that can not be read is none.
      if (request.complete) stage.complaints.push(`the endpoint could not read what came: ${error}`);
      response.destroy();
    }
  });
  server.keepAliveTimeout = 60_000;
  return listening(stage, server, port, () => calls);
}

/** Starts an endpoint that is no HTTP server: a fault says what it does with each connection. */
export function startSocketEndpoint(
  stage: Stage,
  connected: (socket: Socket, nth: number) => void,
): Promise<Endpoint> {
  let calls = 0;
  const server = createSocketServer((socket) => {
    socket.on('error', () => undefined);
    connected(socket, calls++);
  });
  return listening(stage, server, 0, () => calls);
}

async function listening(
  stage: Stage,
  server: ReturnType<typeof createSocketServer>,
  port: number,
  calls: () => number,
): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  stage.atEnd(stop);
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    get calls() {
      return calls();
    },
    stop,
  };
}

/** A port of loopback at which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
}
