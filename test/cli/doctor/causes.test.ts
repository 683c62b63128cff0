import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OtlpEndpoint } from '../../support/otlp-endpoint.js';
import { startOtlpEndpoint } from '../../support/otlp-endpoint.js';
import { CERTIFICATE, KEY } from '../certificate.js';
import { APP, BuiltCli, DESCRIBED } from './built-cli.js';

const cli = new BuiltCli();
let endpoint: OtlpEndpoint;

beforeAll(async () => {
  await cli.build();
  endpoint = await startOtlpEndpoint();
}, 120_000);
afterAll(async () => {
  await endpoint.close();
  cli.remove();
});

/** A cause for which telemetry does not arrive, without a word from OpenTelemetry. */
interface Cause {
  readonly name: string;
  readonly app: string;
  /** What the doctor says: the cause, and behind it the fix. */
  readonly doctor: readonly [cause: RegExp, fix: RegExp];
  /** What `describe()` says. */
  readonly describe: RegExp;
}

const CAUSES: readonly Cause[] = [
  {
    name: 'no LoggerProvider',
    app: "process.env.OTEL_LOGS_EXPORTER = 'none'; start({ logRecordProcessors: undefined });",
    doctor: [
      /^wrong logs: no LoggerProvider is registered$/,
      /start an OpenTelemetry SDK with a log pipeline/,
    ],
    describe: /^logs: no LoggerProvider is registered; start an OpenTelemetry SDK with a log pipeline, or/,
  },
  {
    name: 'an SDK that never starts',
    app: '',
    doctor: [
      /^wrong spans: no TracerProvider is registered$/,
      /start an OpenTelemetry SDK with a span pipeline/,
    ],
    describe:
      /^metrics: no MeterProvider is registered; start an OpenTelemetry SDK with a metric pipeline, or/,
  },
  {
    name: 'OTEL_SDK_DISABLED',
    app: "process.env.OTEL_SDK_DISABLED = 'true'; box = createSignalbox(); start();",
    doctor: [/^wrong signalbox: The box is disabled: every emit is a no-op\.$/, /unset OTEL_SDK_DISABLED, /],
    describe: /^The box is disabled: every emit is a no-op\.$/,
  },
  {
    name: 'records that are disabled',
    app: 'start(); logs.disable(); logs.setGlobalLoggerProvider(new LoggerProvider());',
    doctor: [/^wrong logs: the LoggerProvider takes no records/, /give it one that exports/],
    describe:
      /^logs: the LoggerProvider takes no records, .*; give it one that exports, as by OTEL_LOGS_EXPORTER$/,
  },
  {
    name: 'no propagator',
    app: 'start({ textMapPropagator: null });',
    doctor: [
      /^wrong propagation: no propagator is registered: jobs carry/,
      /register one, as by OTEL_PROPAGATORS/,
    ],
    describe:
      /^propagation: no propagator is registered: jobs carry .*; register one, as by OTEL_PROPAGATORS$/,
  },
  {
    name: 'no context manager',
    app: 'start(); context.disable();',
    doctor: [
      /^wrong context: no ContextManager is registered/,
      /start an OpenTelemetry SDK with one, as NodeSDK/,
    ],
    describe:
      /^context: no ContextManager is registered, .*; start an OpenTelemetry SDK with one, as NodeSDK$/,
  },
  {
    name: 'a pipeline of spans without a processor',
    app: 'start(); trace.disable(); trace.setGlobalTracerProvider(new BasicTracerProvider());',
    doctor: [
      /^wrong spans: the TracerProvider has no span processor: spans go nowhere$/,
      /give it one that exports/,
    ],
    describe: /^spans: the TracerProvider has no span processor: spans go nowhere; give it one that exports$/,
  },
  {
    name: 'a MeterProvider without a reader',
    app: 'start(); metrics.disable(); metrics.setGlobalMeterProvider(new MeterProvider());',
    doctor: [
      /^wrong metrics: the MeterProvider has no metric reader: measurements go nowhere$/,
      /give it one/,
    ],
    describe: /^metrics: the MeterProvider has no metric reader: measurements go nowhere; give it one$/,
  },
  {
    name: 'a sampler that is off',
    app: 'start({ sampler: new AlwaysOffSampler() });',
    doctor: [
      /^wrong spans: the sampler \(AlwaysOffSampler\) records no span$/,
      /choose another, as by OTEL_TRACES_SAMPLER/,
    ],
    describe:
      /^spans: the sampler \(AlwaysOffSampler\) records no span; choose another, as by OTEL_TRACES_SAMPLER$/,
  },
  {
    name: 'a sampler that is off where traces begin',
    app: `start({ sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }) });
for (let i = 0; i < 20; i++) jobs.queue('mail').enqueue({ id: String(i) }).accepted();`,
    doctor: [
      /^wrong spans: the sampler \(ParentBased.*\) took none of many test spans$/,
      /choose another, as by OTEL_TRACES_SAMPLER/,
    ],
    describe: /^spans: none of the 20 spans .*; choose another, as by OTEL_TRACES_SAMPLER$/,
  },
  {
    name: 'a view that drops',
    app: "start({ views: [{ instrumentName: 'job.wait.*', aggregation: { type: AggregationType.DROP } }] });",
    doctor: [
      /^wrong metrics: a view of the MeterProvider drops job\.wait\.duration$/,
      /have it select others/,
    ],
    describe: /^metrics: a view of the MeterProvider drops job\.wait\.duration; have it select others$/,
  },
  {
    name: 'observables that nobody waits for',
    app: `start();
const real = metrics.getMeterProvider();
const hasty = (instrument) => new Proxy(instrument, { get: (of, name) => name === 'addCallback'
  ? (callback) => of.addCallback((result) => void callback(result))
  : Reflect.get(of, name) });
const meters = new Map();
const meter = (made) => new Proxy(made, { get: (of, name) => typeof of[name] !== 'function' ? of[name]
  : (...given) => String(name).startsWith('createObservable') ? hasty(of[name](...given)) : of[name](...given) });
metrics.disable();
metrics.setGlobalMeterProvider({
  getMeter: (name, version) => { if (!meters.has(name)) meters.set(name, meter(real.getMeter(name, version))); return meters.get(name); },
  forceFlush: () => toMetrics.forceFlush(),
});
const watching = jobs.queue('mail').monitor({ depth: async () => { await pause(1); return { waiting: 3 }; } });
box.describe();
await toMetrics.forceFlush();
await pause(50);
watching.stop();`,
    doctor: [
      /^wrong metrics: the MeterProvider does not wait for callbacks, and loses what .*signalbox\.doctor\.late/,
      /declare exporters of metrics and make them `otherTelemetry`/,
    ],
    describe:
      /^metrics: the MeterProvider does not wait for callbacks, and loses what .*queue\.jobs.* report late; declare exporters of metrics and make them `otherTelemetry`$/,
  },
];

/** The line of what is wrong, and the one of the fix behind it. */
function findingsIn(said: string): [cause: string, fix: string][] {
  const lines = said.split('\n');
  return lines.flatMap((line, i): [string, string][] =>
    line.startsWith('wrong ') ? [[line, lines[i + 1] ?? '']] : [],
  );
}

describe('causes for which telemetry does not arrive', () => {
  test('doctor - finds all well where all is well, and says so with exit code 0', async () => {
    const { code, said, described } = await cli.doctor(`${APP} start(); ${DESCRIBED}`);
    expect(described).toEqual([]);
    expect(findingsIn(said)).toEqual([]);
    expect(said).toContain('All is well.');
    expect(said).toContain('The app ended with exit code 0.');
    for (const of of ['spans', 'logs', 'metrics'])
      expect(said).toMatch(new RegExp(`^ok {4}${of}: the test signal arrived: InMemory\\w+ says so$`, 'm'));
    expect(said).toMatch(/^ok {4}OpenTelemetry: line 2\.x \(.*@opentelemetry\/sdk-node 0\.\d+/m);
    expect(said).toMatch(/^ok {4}@opentelemetry\/api 1\.\d+\.\d+: .*node_modules\/@opentelemetry\/api$/m);
    expect(said).toMatch(/^ok {4}propagation: W3CTraceContextPropagator, W3CBaggagePropagator$/m);
    expect(said).toMatch(/^ok {4}context: AsyncLocalStorageContextManager$/m);
    expect(said).toMatch(/^ok {4}spans: \w+, \d+ ms after the start, sampler .*, to SimpleSpanProcessor$/m);
    expect(code).toBe(0);
  });

  test.each(CAUSES)('doctor and describe() - name cause and fix: $name', async (cause) => {
    const { code, said, described } = await cli.doctor(`${APP} ${cause.app}\n${DESCRIBED}`);
    expect(described, said).toContainEqual(expect.stringMatching(cause.describe));
    const [found, fix] = findingsIn(said).find(([line]) => cause.doctor[0].test(line)) ?? [];
    expect(found, said).toBeDefined();
    expect(fix).toMatch(/^ {6}fix: /);
    expect(fix).toMatch(cause.doctor[1]);
    expect(code).toBe(1);
  });

  test('doctor - names a copy of the api that reaches nothing, where it is, and how to have one', async () => {
    const folder = cli.copyOfApi('1.99.0');
    const { code, said } = await cli.doctor(
      `${APP} start(); await import(${JSON.stringify(`${folder}/build/src/index.js`)});`,
    );
    expect(findingsIn(said)).toEqual([
      [
        expect.stringMatching(
          /^wrong @opentelemetry\/api 1\.99\.0: this copy \(.*copies\/1\.99\.0.*\) does not reach what is registered with version 1\.\d+\.\d+/,
        ),
        expect.stringMatching(/fix: have one copy: `npm ls @opentelemetry\/api`/),
      ],
    ]);
    expect(code).toBe(1);
  });

  test('doctor and describe() - name a copy of the api that came first and lets no other register anything', async () => {
    const folder = cli.copyOfApi('1.8.77');
    const { said, described } = await cli.doctor(`
const { default: other } = await import(${JSON.stringify(`${folder}/build/src/index.js`)});
other.diag.setLogger({ error() {}, warn() {}, info() {}, debug() {}, verbose() {} });
const { createSignalbox } = await import('./index.mjs');
const { NodeSDK } = await import('@opentelemetry/sdk-node');
new NodeSDK({ traceExporter: undefined }).start();
const box = createSignalbox();
${DESCRIBED}`);
    const sentence =
      'api: @opentelemetry/api 1.8.77 registered first, so no other version of it can register';
    expect(described).toContain(`${sentence}; have one copy, see \`npm ls @opentelemetry/api\``);
    expect(findingsIn(said)).toContainEqual([
      `wrong ${sentence}`,
      '      fix: have one copy, see `npm ls @opentelemetry/api`',
    ]);
  });

  test('doctor and describe() - blame no copy of the api where the app has one, and an SDK whose traces are off', async () => {
    const { said, described } = await cli.doctor(`${APP}
process.env.OTEL_TRACES_EXPORTER = 'none';
start({ spanProcessors: undefined });
${DESCRIBED}`);
    expect(described).toEqual([expect.stringMatching(/^spans: no TracerProvider is registered; /)]);
    expect(findingsIn(said).map(([cause]) => cause)).toEqual([
      'wrong spans: no TracerProvider is registered',
    ]);
  });

  test('doctor and describe() - name what came before the SDK; doctor what was loaded before it too', async () => {
    const { said, described } = await cli.doctor(`
import 'pino';
${APP}
box.info('too early'); box.info('too early too');
start();
${DESCRIBED}`);
    expect(described).toEqual([
      'logs: 2 came before a provider was registered and are lost; start the SDK first, as with `node --import`',
    ]);
    expect(findingsIn(said)).toEqual([
      [
        expect.stringMatching(
          /^wrong OpenTelemetry: the SDK started when .*pino.* had been loaded: instrumentations miss/,
        ),
        '      fix: have the file that starts the SDK loaded first: `node --import ./telemetry.js app.js`',
      ],
      [
        'wrong logs: 2 came before a provider was registered and are lost',
        '      fix: start the SDK first, as with `node --import`',
      ],
    ]);
  });

  test('doctor - names nothing that was loaded after the SDK in the same turn, as `--require` and CommonJS do', async () => {
    const telemetry = cli.write(
      'telemetry.cjs',
      `const { NodeSDK } = require('@opentelemetry/sdk-node');
const { InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const toSpans = new SimpleSpanProcessor(new InMemorySpanExporter());
new NodeSDK({ spanProcessors: [toSpans], logRecordProcessors: [], metricReaders: [] }).start();`,
    );
    const app = cli.write('after.cjs', "require('pino'); setTimeout(() => {}, 300);");
    const { said } = await cli.run('doctor', '--', process.execPath, '--require', telemetry, app);
    expect(said).toMatch(/^ok {4}spans: TracerProvider/m);
    expect(said).not.toContain('had been loaded');
  });

  test('doctor - takes a sampler that records spans, and has none exported, for one that takes nothing', async () => {
    const { said } = await cli.doctor(
      `${APP} start({ sampler: { shouldSample: () => ({ decision: 1 }), toString: () => 'ForMetrics' } });`,
    );
    expect(findingsIn(said)).toContainEqual([
      'wrong spans: the sampler (ForMetrics) took none of many test spans',
      '      fix: choose another, as by OTEL_TRACES_SAMPLER',
    ]);
  });

  test('doctor - asks the address of an exporter of gRPC by TLS where that is how it sends', async () => {
    const server = new Server();
    const pair = { cert_chain: Buffer.from(CERTIFICATE), private_key: Buffer.from(KEY) };
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [pair]), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const { said } = await cli.doctor(`${APP}
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
start({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: 'https://localhost:${port}', timeoutMillis: 1000 }))] });`);
    server.forceShutdown();
    expect(findingsIn(said)).toContainEqual([
      expect.stringContaining('wrong spans: the test signal is lost: OTLPTraceExporter to localhost'),
      expect.stringContaining('its certificate is not trusted'),
    ]);
  });

  test('doctor - leaves an exporter that two processors share as it was', async () => {
    const { said } = await cli.doctor(
      `${APP} const exporter = new InMemorySpanExporter();
start({ spanProcessors: [new SimpleSpanProcessor(exporter), new SimpleSpanProcessor(exporter)] });
for (let i = 0; i < 500 && exporter.getFinishedSpans().length === 0; i++) await pause(20);
for (let i = 0; i < 100 && Object.hasOwn(exporter, 'export'); i++) await pause(20);
console.log('own', Object.hasOwn(exporter, 'export'));`,
    );
    expect(said).toContain('own false');
  });

  test('doctor and describe() - name a destination of spans whose processor is not installed', async () => {
    const { said, described } = await cli.doctor(`${APP} start();
box = createSignalbox({ destinations: { mine: exporters({ spans: new InMemorySpanExporter() }) } });
${DESCRIBED}`);
    expect(described).toContainEqual(
      expect.stringMatching(
        /^spans: 'mine' takes spans, but nothing hands them over; start the SDK by nodeSdk\(box/,
      ),
    );
    expect(findingsIn(said)).toContainEqual([
      "wrong spans: 'mine' takes spans, but nothing hands them over",
      expect.stringMatching(/fix: start the SDK by nodeSdk\(box/),
    ]);
  });

  test('doctor - finds nothing wrong with a box that the app shuts down in the end', async () => {
    const { said } = await cli.doctor(`${APP} start(); await pause(600); await box.shutdown();`);
    expect(findingsIn(said)).toEqual([]);
  });

  const OTLP = (url: string): string => `
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
${APP}
const otlp = () => new OTLPLogExporter({ url: '${url}/v1/logs', timeoutMillis: 500 });
start({ logRecordProcessors: [new SimpleLogRecordProcessor({ exporter: otlp() })] });
box = createSignalbox({ destinations: { mine: exporters({ logs: otlp() }) } });
box.info('lost');
await box.forceFlush({ timeoutMillis: 2_000 });
${DESCRIBED}`;
  const LOST =
    /^logs: 'mine' lost 1 that its exporter refused, or did not answer; `npx signalbox doctor --endpoint URL` says why \(4317 is gRPC, 4318 HTTP\)$/;

  test('doctor and describe() - name an exporter whose endpoint refuses, and why it does', async () => {
    endpoint.judge = () => ({ status: 401 });
    const { code, said, described } = await cli.doctor(OTLP(endpoint.url));
    endpoint.judge = undefined;
    expect(described).toContainEqual(expect.stringMatching(LOST));
    expect(findingsIn(said)).toContainEqual([
      `wrong logs: the test signal is lost: OTLPLogExporter to ${endpoint.url}/v1/logs refused it (401 Unauthorized)`,
      expect.stringMatching(/fix: answers 401: the address is right and wants credentials/),
    ]);
    expect(code).toBe(1);
  });

  test('doctor and describe() - name a port that speaks another protocol', async () => {
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const url = `http://127.0.0.1:${port}`;
    const { said, described } = await cli.doctor(OTLP(url));
    server.forceShutdown();
    expect(described).toContainEqual(expect.stringMatching(LOST));
    expect(findingsIn(said)).toContainEqual([
      expect.stringContaining(`wrong logs: the test signal is lost: OTLPLogExporter to ${url}/v1/logs`),
      expect.stringMatching(
        /fix: the port speaks gRPC, and the exporters speak http\/protobuf: give the port of HTTP, as http:\/\/127\.0\.0\.1:4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc/,
      ),
    ]);
  });
});
