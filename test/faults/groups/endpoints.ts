import { once } from 'node:events';
import { createServer } from 'node:http';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as OTLPProtoLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { exporters } from 'signalbox/sdk';
import { sink } from 'signalbox/sinks';
import type { Call, Endpoint } from '../doubles/endpoint.js';
import { freePort, startEndpoint, startSocketEndpoint, takesAll } from '../doubles/endpoint.js';
import type { Fault, Group } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const N = 500;
/** The time of one export of the library, of one of the exporter with its own tries, and of a flush. */
const TIMES = { batch: 900, exporter: 700, flush: 2500 };
/** The same where all is to be delivered, however busy the machine is. */
const PATIENT = { batch: 15_000, exporter: 14_000, flush: 20_000 };
const after = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis));

function withOtlp(
  stage: Stage,
  url: string,
  {
    form = 'json',
    times = TIMES,
  }: { readonly form?: 'json' | 'protobuf' | undefined; readonly times?: typeof TIMES } = {},
): Scene<'otlp'> {
  const Exporter = form === 'json' ? OTLPLogExporter : OTLPProtoLogExporter;
  const logs = new Exporter({ url: `${url}/v1/logs`, timeoutMillis: times.exporter });
  const batch = { size: 100, delayMillis: 10, timeoutMillis: times.batch };
  return stage.open({ destinations: { otlp: exporters({ logs, batch }) } });
}

/** A fault of an HTTP endpoint; the app emits twice, some turns apart, and then shuts down. */
function http(
  name: string,
  injected: string,
  holds: string,
  answer: (call: Call) => unknown,
  {
    early = false,
    doubles = false,
    patient = false,
    form,
    check,
  }: {
    readonly early?: boolean;
    readonly doubles?: boolean;
    readonly patient?: boolean;
    readonly form?: 'json' | 'protobuf';
    readonly check?: (stage: Stage, scene: Scene<'otlp'>, endpoint: Endpoint) => void;
  } = {},
): Fault {
  return {
    name,
    injected,
    holds,
    async run(stage) {
      const endpoint = await startEndpoint(stage, 'otlp', answer, { early });
      if (doubles) stage.mayDouble('otlp');
      const times = check === allDelivered || patient ? PATIENT : TIMES;
      const scene = withOtlp(stage, endpoint.url, { form, times });
      scene.emit(N);
      await after(50);
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush({ timeoutMillis: times.flush }));
      await scene.end(500);
      check?.(stage, scene, endpoint);
    },
  };
}

const allDelivered = (stage: Stage, scene: Scene<'otlp'>): void =>
  stage.equal('delivered', scene.counts('otlp', 'logs').delivered, scene.emitted);
const noneDelivered = (stage: Stage, scene: Scene<'otlp'>): void =>
  stage.equal('delivered', scene.counts('otlp', 'logs').delivered, 0);
const isReached = (stage: Stage, _: unknown, endpoint: Endpoint): void =>
  stage.holds('the endpoint was reached', endpoint.calls > 0);
const LOST = 'Nothing is delivered, each record has an outcome, and the shutdown settles by its deadline.';

const statuses: readonly Fault[] = [
  http('sound', 'Nothing: the endpoint works.', 'Everything is delivered.', takesAll, {
    check: allDelivered,
  }),
  http('sound-protobuf', 'Nothing: the endpoint takes protobuf.', 'Everything is delivered.', takesAll, {
    check: allDelivered,
    form: 'protobuf',
  }),
  http('hangs', 'The endpoint never answers.', LOST, () => undefined, { check: noneDelivered }),
  http(
    'hangs-having-taken',
    'The endpoint takes everything and never answers.',
    'Records that arrived count as failed, because their outcome is unknown.',
    ({ take }) => take(),
    { check: noneDelivered, doubles: true },
  ),
  http(
    'answers-400',
    'The endpoint answers 400 to everything.',
    'The box drops everything as `refused`, with a bounded number of calls.',
    ({ response }) => response.writeHead(400).end(),
    {
      check: (stage, scene, endpoint) => {
        noneDelivered(stage, scene);
        stage.holds('calls are bounded', endpoint.calls < 20 * 20);
      },
    },
  ),
  http(
    'answers-401',
    'The endpoint answers 401 to everything.',
    LOST,
    ({ response }) => response.writeHead(401).end(),
    {
      check: noneDelivered,
    },
  ),
  http(
    'answers-500',
    'The endpoint answers 500 to everything.',
    LOST,
    ({ response }) => response.writeHead(500).end('no'),
    {
      check: noneDelivered,
    },
  ),
  http(
    'answers-503-for-ever',
    'The endpoint always answers 503, and the exporter retries for as long as it may.',
    LOST,
    ({ response }) => response.writeHead(503).end(),
    { check: noneDelivered },
  ),
  http(
    'retry-after-a-day',
    'The endpoint answers 429 with a `Retry-After` of a day.',
    LOST,
    ({ response }) => response.writeHead(429, { 'retry-after': '86400' }).end(),
    { check: noneDelivered },
  ),
  http(
    'retry-after-nonsense',
    'The endpoint answers 503 with an invalid `Retry-After` and with one in the past, in turn.',
    LOST,
    ({ response, nth }) =>
      response.writeHead(503, { 'retry-after': nth % 2 ? 'soon' : 'Thu, 01 Jan 1970 00:00:00 GMT' }).end(),
    { check: noneDelivered },
  ),
  http(
    'too-large',
    'The endpoint answers 413 to requests with more than 20 records.',
    'The box makes smaller batches, and everything is delivered.',
    ({ response, numbers, take, accept }) => {
      if (numbers.length > 20) return response.writeHead(413).end();
      take();
      return accept();
    },
    { check: allDelivered },
  ),
  http(
    'one-poisoned',
    'The endpoint answers 400 to every batch that holds one of four poisoned records.',
    'The box drops those four as `refused`, and no others.',
    ({ response, numbers, take, accept }) => {
      if (numbers.some((n) => n % 250 === 7)) return response.writeHead(400).end();
      take();
      return accept();
    },
    {
      patient: true,
      check: (stage, scene) => stage.equal('dropped', scene.counts('otlp', 'logs').dropped, { refused: 4 }),
    },
  ),
  http(
    'takes-and-answers-503',
    'The endpoint takes everything, but answers 503 to every second request.',
    'Nothing is lost. Records arrive twice only because the endpoint took what it answered 503 to.',
    ({ response, nth, take, accept }) => {
      take();
      if (nth % 2 === 0) return response.writeHead(503, { 'retry-after': '0' }).end();
      return accept();
    },
    { doubles: true },
  ),
  http(
    'redirects',
    'In turn, the endpoint redirects with 307 to a path that takes the records, and with 302 to itself.',
    'Each record has one outcome, and no redirect loop is endless.',
    ({ request, response, take, accept, nth }) => {
      if (request.url === '/elsewhere') {
        take();
        return accept();
      }
      return response.writeHead(nth % 2 ? 302 : 307, { location: nth % 2 ? '/v1/logs' : '/elsewhere' }).end();
    },
    { doubles: true, check: isReached },
  ),
];

const bodies: readonly Fault[] = [
  http(
    'partial-success',
    'The endpoint reports a partial success that refuses five records of each batch.',
    'The exporter reports success, so the endpoint may have refused records that count as delivered.',
    ({ accept, take }) => {
      take();
      accept(JSON.stringify({ partialSuccess: { rejectedLogRecords: '5', errorMessage: 'no' } }));
    },
  ),
  http(
    'garbage-answer',
    'The endpoint answers 200 with bytes that are not JSON.',
    'The endpoint took the records, so everything is delivered.',
    ({ accept, take }) => {
      take();
      accept('\u0000\u0001{{{');
    },
    { check: allDelivered },
  ),
  http(
    'garbage-answer-protobuf',
    'The endpoint answers 200 with bytes that are not protobuf.',
    'Each record has one outcome.',
    ({ accept, take }) => {
      take();
      accept('\u0007\u0007\u0007\u0007');
    },
    { form: 'protobuf' },
  ),
  http(
    'answer-without-end',
    'The endpoint answers 200 with an endless body, one kilobyte every 5 ms.',
    'After the timeout the outcome is unknown, and memory stays bounded.',
    ({ response, take }) => {
      take();
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write('x'.repeat(1024)), 5);
      response.on('close', () => clearInterval(timer));
    },
    { doubles: true },
  ),
  http(
    'answer-of-64-megabytes',
    'The endpoint answers 500 with a body of 64 MB.',
    LOST,
    ({ response }) => {
      response.writeHead(500);
      let left = 64;
      const piece = Buffer.alloc(1024 * 1024, 120);
      const more = (): void => {
        if (response.destroyed) return;
        if (left-- === 0) return void response.end();
        if (response.write(piece)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    },
    { check: noneDelivered },
  ),
  http(
    'answer-by-the-byte',
    'The endpoint answers 200 and sends one byte of the body every 300 ms.',
    'After the timeout the outcome is unknown.',
    ({ response, take }) => {
      take();
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '60' });
      const timer = setInterval(() => response.write(' '), 300);
      response.on('close', () => clearInterval(timer));
    },
    { doubles: true },
  ),
  http(
    'reset-in-the-answer',
    'The endpoint takes everything, and cuts the connection in the middle of the response body.',
    'Each record has one outcome.',
    ({ response, take }) => {
      take();
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{');
      setTimeout(() => response.socket?.resetAndDestroy(), 5);
    },
    { doubles: true, check: isReached },
  ),
  http(
    'reset-in-the-request',
    'The endpoint cuts the connection while the request is being sent.',
    LOST,
    ({ request }) => {
      request.socket.resetAndDestroy();
    },
    { early: true, check: noneDelivered },
  ),
  http(
    'slow-reader',
    'The endpoint reads each request slowly, 16 kB every 20 ms, and answers 503.',
    'Each record has one outcome.',
    async ({ request, response }) => {
      request.pause();
      for (let i = 0; i < 30 && !request.destroyed; i++) {
        request.read(16_384);
        await after(20);
      }
      request.resume();
      response.writeHead(503).end();
    },
    { early: true, check: noneDelivered },
  ),
  http(
    'informational-answers',
    'The endpoint keeps sending 102 and 103 responses, but never a final one.',
    LOST,
    ({ response }) => {
      const timer = setInterval(() => {
        response.writeProcessing();
        response.writeEarlyHints({ link: '</x>; rel=preload' });
      }, 20);
      response.on('close', () => clearInterval(timer));
    },
    { check: noneDelivered },
  ),
  http(
    'header-of-a-megabyte',
    'The endpoint answers with a header of a megabyte.',
    'Each record has one outcome.',
    ({ response, take }) => {
      take();
      response.socket?.end(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(1024 * 1024)}\r\n\r\n`);
    },
    { doubles: true, check: isReached },
  ),
];

/** A fault of an endpoint that speaks no HTTP. */
function socket(name: string, injected: string, connected: Parameters<typeof startSocketEndpoint>[1]): Fault {
  return {
    name,
    injected,
    holds: LOST,
    async run(stage) {
      const endpoint = await startSocketEndpoint(stage, connected);
      const scene = withOtlp(stage, endpoint.url);
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush({ timeoutMillis: 2000 }));
      await scene.end(300);
      noneDelivered(stage, scene);
      stage.holds('it was reached', endpoint.calls > 0);
    },
  };
}

const connections: readonly Fault[] = [
  socket('closes-at-once', 'The endpoint closes each connection as soon as it opens.', (it) => it.end()),
  socket('resets-at-once', 'The endpoint resets each connection as soon as it opens.', (it) =>
    it.resetAndDestroy(),
  ),
  socket(
    'closes-in-the-headers',
    'The endpoint closes the connection in the middle of the response headers.',
    (it) => {
      it.once('data', () => it.end('HTTP/1.1 200 OK\r\ncontent-ty'));
    },
  ),
  socket('speaks-another-protocol', 'The endpoint answers in another protocol.', (it) => {
    it.write('SSH-2.0-OpenSSH_9.6\r\n');
    it.resume();
  }),
  socket('reads-nothing', 'The endpoint accepts connections and reads nothing.', (it) => it.pause()),
  {
    name: 'refuses-connections',
    injected: 'Nothing listens at the address of the endpoint.',
    holds: LOST,
    async run(stage) {
      const scene = withOtlp(stage, `http://127.0.0.1:${await freePort()}`);
      stage.arrivals('otlp');
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush({ timeoutMillis: 2000 }));
      await scene.end(300);
      noneDelivered(stage, scene);
    },
  },
  {
    name: 'plain-where-tls-is-due',
    injected: 'The address says https, but the endpoint speaks plain HTTP.',
    holds: LOST,
    async run(stage) {
      const endpoint = await startEndpoint(stage, 'otlp', takesAll);
      const scene = withOtlp(stage, endpoint.url.replace('http:', 'https:'));
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush({ timeoutMillis: 2000 }));
      await scene.end(300);
      noneDelivered(stage, scene);
    },
  },
  {
    name: 'flaps',
    injected: 'The endpoint answers 503 to two of three requests, and the exporter retries.',
    holds: 'Every record is delivered once.',
    async run(stage) {
      const endpoint = await startEndpoint(stage, 'otlp', ({ nth, response, take, accept }) => {
        if (nth % 3 !== 2) return response.writeHead(503, { 'retry-after': '0' }).end();
        take();
        return accept();
      });
      const logs = new OTLPLogExporter({ url: `${endpoint.url}/v1/logs`, timeoutMillis: 8000 });
      const scene = stage.open({
        destinations: { otlp: exporters({ logs, batch: { delayMillis: 10, timeoutMillis: 9000 } }) },
      });
      scene.emit(N);
      await scene.end(10_000);
      allDelivered(stage, scene as Scene<'otlp'>);
    },
  },
  {
    name: 'goes-and-comes-back',
    injected:
      'The endpoint stops between batches, closes its connections, and starts again at the same port.',
    holds: 'Exports in between fail. Everything before and after is delivered.',
    async run(stage) {
      const answer = takesAll;
      const endpoint = await startEndpoint(stage, 'otlp', answer);
      const scene = withOtlp(stage, endpoint.url, { times: { ...PATIENT, exporter: 3000, batch: 4000 } });
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush());
      allDelivered(stage, scene);
      await endpoint.stop();
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush());
      await startEndpoint(stage, 'otlp', answer, { port: endpoint.port });
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush());
      await scene.end();
      stage.holds('before and after', scene.counts('otlp', 'logs').delivered >= 2 * N);
    },
  },
  {
    name: 'closes-idle-connections',
    injected: 'The endpoint closes its connections between batches, as load balancers do.',
    holds: 'Each record has one outcome, and most are delivered.',
    async run(stage) {
      const endpoint = await startEndpoint(stage, 'otlp', ({ take, accept, request }) => {
        take();
        accept();
        setTimeout(() => request.socket.destroy(), 3);
      });
      const scene = withOtlp(stage, endpoint.url);
      for (let i = 0; i < 20; i++) {
        scene.emit(25);
        await scene.call(() => scene.box.forceFlush());
        await after(i % 5);
      }
      await scene.end();
      stage.holds('most are delivered', scene.counts('otlp', 'logs').delivered > N / 2);
    },
  },
  {
    name: 'metrics-flap',
    injected: 'A metrics endpoint answers 500 to every second request.',
    holds: 'The last sum that it took equals what the app emitted.',
    async run(stage) {
      let last = 0;
      let nth = 0;
      const server = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        if (nth++ % 2 === 0) return response.writeHead(500).end();
        const body = JSON.parse(Buffer.concat(chunks).toString());
        for (const { scopeMetrics } of body.resourceMetrics)
          for (const { metrics } of scopeMetrics)
            for (const metric of metrics)
              if (metric.name === 'fault.numbered')
                last = Number(metric.sum.dataPoints[0].asDouble ?? metric.sum.dataPoints[0].asInt);
        return response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      stage.atEnd(() => {
        server.close();
        server.closeAllConnections();
      });
      const { port } = server.address() as { port: number };
      const metrics = new OTLPMetricExporter({
        url: `http://127.0.0.1:${port}/v1/metrics`,
        timeoutMillis: TIMES.exporter,
      });
      const scene = stage.open({ destinations: { otlp: exporters({ metrics }) } });
      for (let i = 0; i < 6; i++) {
        scene.emit(100);
        await scene.call(() => scene.box.forceFlush());
      }
      stage.equal('the last sum', last, 600);
      await scene.end();
    },
  },
  {
    name: 'a-sink-over-http',
    injected:
      'A sink sends each emission with `fetch`. In turn the endpoint answers 204, answers 500, hangs and cuts the connection.',
    holds: 'Emissions that it answered with 204 are delivered. The rest fails, and no socket is left.',
    async run(stage) {
      const seen = stage.arrivals('hook');
      const server = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const n = Number(Buffer.concat(chunks).toString());
        if (n % 4 === 1) return response.writeHead(500).end();
        if (n % 4 === 2) return undefined;
        if (n % 4 === 3) return request.socket.destroy();
        seen.take(n);
        return response.writeHead(204).end();
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      stage.atEnd(() => {
        server.close();
        server.closeAllConnections();
      });
      const { port } = server.address() as { port: number };
      const scene = stage.open({
        destinations: {
          hook: sink(
            async (emission, { signal }) => {
              const answer = await fetch(`http://127.0.0.1:${port}`, {
                method: 'POST',
                body: String(emission.fields.n),
                signal,
              });
              if (!answer.ok) throw new Error(`${answer.status}`);
            },
            { timeoutMillis: 2000 },
          ),
        },
      });
      scene.emit(12);
      await scene.end(60_000);
      const { delivered, failed } = scene.counts('hook');
      stage.equal('delivered and failed', [delivered, failed], [3, 9]);
    },
  },
];

export const endpoints: Group = {
  name: 'endpoints',
  about: "OpenTelemetry's own OTLP/HTTP exporters against endpoints on loopback.",
  faults: [...statuses, ...bodies, ...connections],
};
