import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { exporters } from 'signalbox/sdk';
import { freePort, numbersIn, startSocketEndpoint } from '../doubles/endpoint.js';
import type { Fault, Group } from '../fault.js';
import type { Stage } from '../stage/stage.js';

const N = 500;
const FRAME = 5;
const LOST = 'Nothing is delivered, each record has an outcome, and the shutdown settles by its deadline.';

interface Call {
  readonly stream: ServerHttp2Stream;
  readonly nth: number;
  readonly numbers: readonly number[];
  take(): void;
  /** Ends the call with a status of gRPC. */
  answer(status: number, message?: string): void;
}

/** Starts an endpoint of OTLP/gRPC that does with each call what a fault says. */
async function startGrpc(stage: Stage, handle: (call: Call) => unknown): Promise<string> {
  const seen = stage.arrivals('otlp');
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.once('close', () => sessions.delete(session));
  });
  let calls = 0;
  server.on('stream', (stream) => {
    const nth = calls++;
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const numbers = numbersIn(Buffer.concat(chunks).subarray(FRAME), 'protobuf');
      handle({
        stream,
        nth,
        numbers,
        take: () => {
          for (const n of numbers) seen.take(n);
        },
        answer: (status, message = '') => {
          stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
          stream.on('wantTrailers', () =>
            stream.sendTrailers({ 'grpc-status': `${status}`, 'grpc-message': message }),
          );
          stream.end(status === 0 ? Buffer.alloc(FRAME) : undefined);
        },
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stage.atEnd(async () => {
    server.close();
    for (const session of sessions) session.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function none(stage: Stage, delivered: number): void {
  stage.equal('delivered', delivered, 0);
}

function fault(
  name: string,
  injected: string,
  holds: string,
  handle: string | ((call: Call) => unknown),
  check: (stage: Stage, delivered: number, dropped: Readonly<Record<string, number>>) => void = none,
  doubles = false,
): Fault {
  return {
    name,
    injected,
    holds,
    async run(stage) {
      const url =
        typeof handle === 'function' ? await startGrpc(stage, handle) : await addressOf(stage, handle);
      if (doubles) stage.mayDouble('otlp');
      // What lives on by itself for a moment when the exporter is shut down: grpc-js' timer for a connection that failed, and its session.
      stage.mayLeave(/grpc-js/, 'the timer of a channel that waits to connect again is let go later');
      const patience = doubles || check === none ? 1200 : 14_000;
      const logs = new OTLPLogExporter({ url, timeoutMillis: patience });
      const scene = stage.open({
        destinations: {
          otlp: exporters({ logs, batch: { size: 100, delayMillis: 10, timeoutMillis: patience + 300 } }),
        },
      });
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush({ timeoutMillis: patience * 3 }));
      await scene.end(500);
      const { delivered, dropped } = scene.counts('otlp', 'logs');
      check(stage, delivered, dropped);
    },
  };
}

async function addressOf(stage: Stage, how: string): Promise<string> {
  stage.arrivals('otlp');
  if (how === 'refuse') return `http://127.0.0.1:${await freePort()}`;
  return (await startSocketEndpoint(stage, (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    .url;
}

export const grpc: Group = {
  name: 'grpc',
  about: "OpenTelemetry's own OTLP/gRPC exporter against endpoints on loopback.",
  faults: [
    fault(
      'sound',
      'Nothing: the endpoint works.',
      'Everything is delivered.',
      ({ take, answer }) => {
        take();
        answer(0);
      },
      (stage, delivered) => stage.equal('delivered', delivered, N),
    ),
    fault('refuses-connections', 'Nothing listens at the address.', LOST, 'refuse'),
    fault('speaks-http-1', 'The endpoint speaks HTTP/1.1.', LOST, 'http 1'),
    fault('hangs', 'The endpoint never answers a call.', LOST, () => undefined),
    fault(
      'invalid-argument',
      'The endpoint answers INVALID_ARGUMENT to every batch that holds one of two poisoned records.',
      'The box drops those two as `refused`, and no others.',
      ({ numbers, take, answer }) => {
        if (numbers.some((n) => n % 250 === 7)) return answer(3, 'bad number');
        take();
        return answer(0);
      },
      (stage, delivered, dropped) => stage.equal('counts', [delivered, dropped], [N - 2, { refused: 2 }]),
    ),
    fault(
      'resource-exhausted',
      'The endpoint answers RESOURCE_EXHAUSTED (too large) to batches of more than 20 records.',
      'The box makes smaller batches, and everything is delivered.',
      ({ numbers, take, answer }) => {
        if (numbers.length > 20)
          return answer(8, 'grpc: received message larger than max (5000000 vs. 4194304)');
        take();
        return answer(0);
      },
      (stage, delivered) => stage.equal('delivered', delivered, N),
    ),
    fault('unavailable', 'The endpoint answers UNAVAILABLE to everything.', LOST, ({ answer }) =>
      answer(14, 'later'),
    ),
    fault(
      'cut-in-the-call',
      'The endpoint takes each call, and then cuts its stream or its connection, in turn.',
      LOST,
      ({ stream, nth, take }) => {
        take();
        if (nth % 2) stream.session?.destroy();
        else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      },
      undefined,
      true,
    ),
  ],
};
