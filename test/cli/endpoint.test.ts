import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createSocketServer } from 'node:net';
import { Server as GrpcServer, ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { addressOf } from '../../src/cli/endpoint/address.js';
import { examine } from '../../src/cli/endpoint/examine-endpoint.js';
import { post } from '../../src/cli/endpoint/http.js';
import type { Protocol } from '../../src/cli/endpoint/protocol.js';
import type { Finding } from '../../src/cli/finding.js';
import { startOtlpEndpoint } from '../support/otlp-endpoint.js';
import { CERTIFICATE, KEY } from './certificate.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function listening(
  server: Server | ReturnType<typeof createSocketServer>,
  scheme = 'http',
): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => server.close());
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (listener: RequestListener): Promise<string> => listening(createServer(listener));

const otlp = async () => {
  const endpoint = await startOtlpEndpoint();
  open.push(() => endpoint.close());
  return endpoint;
};

/** A receiver of OTLP/gRPC that serves some kinds, as a gRPC server of the real library. */
async function grpc(kinds: readonly string[], code: status = status.OK): Promise<string> {
  const server = new GrpcServer();
  for (const kind of kinds) {
    const service = `${kind[0]?.toUpperCase()}${kind.slice(1)}`.replace('Traces', 'Trace');
    server.addService(
      {
        Export: {
          path: `/opentelemetry.proto.collector.${service.toLowerCase()}.v1.${service}Service/Export`,
          requestStream: false,
          responseStream: false,
          requestSerialize: (value: Buffer) => value,
          requestDeserialize: (value: Buffer) => value,
          responseSerialize: (value: Buffer) => value,
          responseDeserialize: (value: Buffer) => value,
        },
      },
      {
        Export: (_: unknown, done: (error: object | null, value?: Buffer) => void) =>
          code === status.OK ? done(null, Buffer.alloc(0)) : done({ code, details: 'not you' }),
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  open.push(() => server.forceShutdown());
  return `http://127.0.0.1:${port}`;
}

const ask = (url: string, protocol: Protocol = 'http/protobuf'): Promise<readonly Finding[]> =>
  examine(addressOf(url), protocol);
const wrong = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ fix }) => fix !== undefined);

describe('examine() - receivers that are well', () => {
  test.each<Protocol>(['http/protobuf', 'http/json'])('examine() - of OTLP over %s', async (protocol) => {
    const { url, requests } = await otlp();
    const findings = await ask(url, protocol);
    expect(wrong(findings)).toEqual([]);
    expect(findings.map(({ of }) => of)).toEqual(
      ['traces', 'logs', 'metrics'].map((kind) => `POST ${url}/v1/${kind}`),
    );
    expect(new Set(requests.map(({ kind }) => kind))).toEqual(new Set(['traces', 'logs', 'metrics']));
  });

  test('examine() - of OTLP over gRPC', async () => {
    const url = await grpc(['traces', 'logs', 'metrics']);
    const findings = await ask(url, 'grpc');
    expect(findings).toEqual(
      ['traces', 'logs', 'metrics'].map((kind) => ({ of: `${kind} at ${url}`, says: 'takes gRPC' })),
    );
  });

  test('examine() - tells of an address for one kind what it is right for, and what the common one is', async () => {
    const { url } = await otlp();
    const findings = await ask(`${url}/v1/logs`);
    expect(findings).toEqual([
      { of: `POST ${url}/v1/logs`, says: 'takes http/protobuf (200)' },
      {
        of: `${url}/v1/logs`,
        says: `is right as OTEL_EXPORTER_OTLP_LOGS_ENDPOINT and as the option \`url\` of an exporter; OTEL_EXPORTER_OTLP_ENDPOINT is ${url}, to which exporters add /v1/logs`,
      },
    ]);
  });
});

describe('examine() - protocol and port mix-ups', () => {
  test('examine() - exporters of HTTP at a port of gRPC', async () => {
    const url = await grpc(['traces']);
    expect(await ask(url)).toEqual([
      {
        of: url,
        says: 'the port speaks gRPC, and the exporters speak http/protobuf',
        fix: 'give the port of HTTP, as http://127.0.0.1:4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc (exporters of the packages named …-otlp-grpc)',
      },
    ]);
  });

  test('examine() - exporters of gRPC at a port of HTTP', async () => {
    const { url } = await otlp();
    expect(await ask(url, 'grpc')).toEqual([
      {
        of: url,
        says: 'the port speaks HTTP, and the exporters speak gRPC',
        fix: 'give the port of gRPC, as http://127.0.0.1:4317, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf (exporters of the packages named …-otlp-proto)',
      },
    ]);
  });

  test('examine() - http where the port speaks TLS, and https where it does not', async () => {
    const secure = await listening(createTlsServer({ key: KEY, cert: CERTIFICATE }), 'https');
    const [plain] = await ask(secure.replace('https', 'http'));
    expect(plain).toMatchObject({ says: 'the port speaks TLS, and the URL is http', fix: `give ${secure}` });
    const { url } = await otlp();
    const [tls] = await ask(url.replace('http', 'https'));
    expect(tls).toMatchObject({
      says: 'the port speaks no TLS, and the URL is https',
      fix: `give ${url}, or switch TLS on at the receiver`,
    });
  });

  test('examine() - a certificate that nobody trusts', async () => {
    const url = await listening(createTlsServer({ key: KEY, cert: CERTIFICATE }), 'https');
    const [finding] = await ask(url);
    expect(finding?.says).toMatch(/^gives no answer \(DEPTH_ZERO_SELF_SIGNED_CERT/);
    expect(finding?.fix).toContain('NODE_EXTRA_CA_CERTS or OTEL_EXPORTER_OTLP_CERTIFICATE');
  });

  test('examine() - a certificate that nobody trusts, by gRPC', async () => {
    const server = createSecureServer({ key: KEY, cert: CERTIFICATE });
    const url = await listening(server, 'https');
    const [finding] = await ask(url, 'grpc');
    expect(finding?.says).toMatch(/^gives no answer \(DEPTH_ZERO_SELF_SIGNED_CERT/);
    expect(finding?.fix).toContain('NODE_EXTRA_CA_CERTS or OTEL_EXPORTER_OTLP_CERTIFICATE');
  });

  test('post() - an answer that never ends is one all the same', async () => {
    const url = await answering((_, response) => {
      response.writeHead(200);
      const writing = setInterval(() => response.write('more '.repeat(200)), 20);
      response.on('close', () => clearInterval(writing));
    });
    const answer = await post(new URL(url), 'application/json');
    expect(answer).toMatchObject({ status: 200, body: expect.stringMatching(/^more more/) });
  });

  test('examine() - nothing at the port', async () => {
    const server = createSocketServer();
    const url = await listening(server);
    server.close();
    await once(server, 'close');
    const [finding] = await ask(url);
    expect(finding?.says).toMatch(/^nothing takes connections at 127\.0\.0\.1, port \d+$/);
    expect(finding?.fix).toMatch(
      /^(start the receiver, or correct host and port|port \d+ .*is open there: give http)/,
    );
  });

  test('examine() - something that speaks neither', async () => {
    const url = await listening(
      createSocketServer((socket) => socket.on('error', () => {}).end('+PONG\r\n')),
    );
    const [finding] = await ask(url);
    expect(finding).toMatchObject({
      fix: 'it speaks neither HTTP nor gRPC: give the address of the receiver',
    });
  });
});

describe('examine() - answers that are no success', () => {
  test.each<[number, RegExp]>([
    [301, /^exporters follow no redirects: give the address that it leads to, https:\/\/elsewhere\.test\/$/],
    [401, /^the address is right and wants credentials.*OTEL_EXPORTER_OTLP_HEADERS$/],
    [403, /^the address is right and wants credentials/],
    [404, /^no OTLP is served under this path: OTEL_EXPORTER_OTLP_ENDPOINT is an address without \/v1/],
    [
      405,
      /^another server listens there, which takes no POST: give the receiver's port, usually 4318, as http:\/\/127\.0\.0\.1:4318$/,
    ],
    [413, /^a proxy in front of it refuses requests of this size/],
    [415, /^the receiver takes neither protobuf nor JSON/],
    [429, /^the receiver is there and takes nothing now/],
    [503, /^the receiver is there and takes nothing now/],
    [500, /^look at the receiver's own log; it says "it broke"$/],
  ])('examine() - %i', async (code, fix) => {
    const url = await answering((request, response) => {
      request.resume();
      response.writeHead(code, { location: 'https://elsewhere.test/' }).end('it broke');
    });
    const findings = await ask(url);
    expect(findings).toHaveLength(3);
    for (const finding of findings) {
      expect(finding.says).toBe(`answers ${code}`);
      expect(finding.fix).toMatch(fix);
    }
  });

  test.each<[Protocol, string, string]>([
    [
      'http/protobuf',
      'application/json',
      'it takes http/json: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json (exporters of the packages named …-otlp-http)',
    ],
    [
      'http/json',
      'application/x-protobuf',
      'it takes http/protobuf: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf (exporters of the packages named …-otlp-proto)',
    ],
  ])('examine() - a receiver that takes no %s', async (protocol, taken, fix) => {
    const url = await answering((request, response) => {
      request.resume();
      response.writeHead(request.headers['content-type'] === taken ? 200 : 415).end();
    });
    const [finding] = await ask(url, protocol);
    expect(finding).toMatchObject({ says: 'answers 415', fix });
  });

  test('examine() - a path that is given twice', async () => {
    const { url } = await otlp();
    const [finding] = await ask(`${url}/v1/traces/v1/traces`);
    expect(finding).toMatchObject({
      says: 'answers 404',
      fix: expect.stringMatching(/^no OTLP is served under this path/),
    });
  });

  test('examine() - kinds that a receiver of gRPC does not have', async () => {
    const url = await grpc(['traces']);
    const findings = await ask(url, 'grpc');
    expect(wrong(findings)).toEqual(
      ['logs', 'metrics'].map((kind) => ({
        of: `${kind} at ${url}`,
        says: expect.stringMatching(/^answers with gRPC status 12 /),
        fix: `no ${kind} are received there: switch them on in the receiver's configuration`,
      })),
    );
  });

  test('examine() - a receiver of gRPC that wants credentials', async () => {
    const url = await grpc(['traces', 'logs', 'metrics'], status.UNAUTHENTICATED);
    const [finding] = await ask(url, 'grpc');
    expect(finding).toMatchObject({
      says: 'answers with gRPC status 16 (not you)',
      fix: expect.stringMatching(/^the address is right and wants credentials/),
    });
  });
});
