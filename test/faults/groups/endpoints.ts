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
  http('sound', 'None: the endpoint works.', 'All is delivered.', takesAll, {
    check: allDelivered,
  }),
  http('sound-protobuf', 'None: the endpoint takes protobuf.', 'All is delivered.', takesAll, {
    check: allDelivered,
    form: 'protobuf',
  }),
  http('hangs', 'The endpoint never answers.', LOST, () => undefined, { check: noneDelivered }),
  http(
    'hangs-having-taken',
    'The endpoint takes what comes and never answers.',
    'What arrived has failed: its outcome is unknown.',
    ({ take }) => take(),
    { check: noneDelivered, doubles: true },
  ),
  http(
    'answers-400',
    'The endpoint answers 400 to everything.',
    'All is dropped as `refused` with a bounded number of calls.',
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
    'The endpoint answers 503, at which the exporter tries again for as long as it may.',
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
    'The endpoint answers 503 with a `Retry-After` that is none, and then one in the past.',
    LOST,
    ({ response, nth }) =>
      response.writeHead(503, { 'retry-after': nth % 2 ? 'soon' : 'Thu, 01 Jan 1970 00:00:00 GMT' }).end(),
    { check: noneDelivered },
  ),
  http(
    'too-large',
    'The endpoint answers 413 to more than 20 records.',
    'Batches get smaller, and all is delivered.',
    ({ response, numbers, take, accept }) => {
      if (numbers.length > 20) return response.writeHead(413).end();
      take();
      return accept();
    },
    { check: allDelivered },
  ),
  http(
    'one-poisoned',
    'The endpoint answers 400 to each batch with one of four records in it.',
    'Those four are dropped as `refused`, and no other.',
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
    'The endpoint takes what comes, and answers 503 to each second request.',
    'What it has twice is its own doing; nothing is lost.',
    ({ response, nth, take, accept }) => {
      take();
      if (nth % 2 === 0) return response.writeHead(503, { 'retry-after': '0' }).end();
      return accept();
    },
    { doubles: true },
  ),
  http(
    'redirects',
    'The endpoint answers 307 to another path of itself, which takes it, and then 302 to itself.',
    'Each record has one outcome; no loop has no end.',
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
    'The endpoint refuses five records of each batch in a partial success.',
    'The exporter reports success: a record that is counted delivered may be refused there.',
    ({ accept, take }) => {
      take();
      accept(JSON.stringify({ partialSuccess: { rejectedLogRecords: '5', errorMessage: 'no' } }));
    },
  ),
  http(
    'garbage-answer',
    'The endpoint answers 200 with bytes that are no JSON.',
    'It took them: all is delivered.',
    ({ accept, take }) => {
      take();
      accept('\u0000\u0001{{{');
    },
    { check: allDelivered },
  ),
  http(
    'garbage-answer-protobuf',
    'The endpoint answers 200 with bytes that are no protobuf.',
    'Each record has one outcome.',
    ({ accept, take }) => {
      take();
      accept('\u0007\u0007\u0007\u0007');
    },
    { form: 'protobuf' },
  ),
  http(
    'answer-without-end',
    'The endpoint answers 200 with a body that never ends, a kilobyte every 5 ms.',
    'Its outcome is unknown when its time is over, and memory stays bounded.',
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
    'The endpoint answers 200 with one byte of its body every 300 ms.',
    'Its outcome is unknown when its time is over.',
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
    'The endpoint takes what comes, and cuts the connection in the body of its answer.',
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
    'The endpoint reads a request of 2 MB by 16 kB every 20 ms.',
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
    'The endpoint sends 102 and 103 for ever, and no answer.',
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
  socket('closes-at-once', 'The endpoint closes each connection as it is made.', (it) => it.end()),
  socket('resets-at-once', 'The endpoint resets each connection as it is made.', (it) =>
    it.resetAndDestroy(),
  ),
  socket(
    'closes-in-the-headers',
    'The endpoint closes the connection in the middle of its headers.',
    (it) => {
      it.once('data', () => it.end('HTTP/1.1 200 OK\r\ncontent-ty'));
    },
  ),
  socket('speaks-another-protocol', 'The endpoint answers in another protocol.', (it) => {
    it.write('SSH-2.0-OpenSSH_9.6\r\n');
    it.resume();
  }),
  socket('reads-nothing', 'The endpoint takes connections and reads nothing.', (it) => it.pause()),
  {
    name: 'refuses-connections',
    injected: 'Nobody listens at the address of the endpoint.',
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
    injected: 'The address says https, and the endpoint speaks HTTP.',
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
    injected: 'The endpoint answers 503 to two of three requests, at which the exporter tries again.',
    holds: 'All is delivered, each record once.',
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
      'The endpoint is stopped between batches, with its connections, and started again at the same port.',
    holds: 'What was exported meanwhile has failed; before and after, all is delivered.',
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
    injected: 'An endpoint of metrics answers 500 to each second request.',
    holds: 'The last sum that it took is what was emitted.',
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
      'A sink posts each emission by `fetch` to an endpoint that answers 200, 500, nothing, and cuts the connection, in turn.',
    holds: 'What it answered 200 to is delivered; the rest has failed, with no socket left.',
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
