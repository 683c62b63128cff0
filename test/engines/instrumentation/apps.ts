import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { WholePackage } from '../../support/whole-package.js';

/** A span, as a program prints it. */
export interface PrintedSpan {
  readonly name: string;
  readonly trace: string;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What a program said of itself at its end. */
export interface Told {
  readonly spans: readonly PrintedSpan[];
  readonly records: readonly {
    readonly event: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  /** Queues whose depth was measured. */
  readonly depths: readonly string[];
  readonly stderr: string;
  readonly stdout: string;
}

export type Engine = 'bullmq' | 'pg-boss' | 'graphile-worker';
export type Format = 'cjs' | 'mjs';

/** What an app does with an engine, which is given as `engine`; `ADDRESS` is where its store is. Each has two jobs, done. */
const BODIES: Readonly<Record<Engine, string>> = {
  bullmq: `
    const connection = { url: process.env.ADDRESS };
    const queue = new engine.Queue('mail', { connection });
    await queue.add('welcome', { to: 'ada' });
    await queue.addBulk([{ name: 'receipt', data: {} }]);
    let done = 0;
    await new Promise((resolve) => {
      const worker = new engine.Worker('mail', async () => {}, { connection, drainDelay: 1 });
      worker.on('completed', () => { if (++done === 2) resolve(worker.close()); });
    });
    await queue.close();`,
  'pg-boss': `
    const { PgBoss = engine.default ?? engine } = engine;
    const boss = new PgBoss({ connectionString: process.env.ADDRESS, supervise: false, schedule: false });
    boss.on('error', console.error);
    await boss.start();
    await boss.createQueue('mail');
    let done = 0;
    await new Promise(async (resolve) => {
      await boss.work('mail', { pollingIntervalSeconds: 0.5 }, async () => { if (++done === 2) setTimeout(resolve, 500); });
      await boss.send('mail', { to: 'ada' });
      await boss.send('mail', { to: 'bob' });
    });
    await boss.stop({ graceful: true, timeout: 5000 });`,
  'graphile-worker': `
    const options = { connectionString: process.env.ADDRESS, noHandleSignals: true, logger: new engine.Logger(() => () => {}) };
    const utils = await engine.makeWorkerUtils(options);
    await utils.migrate();
    await utils.addJob('mail', { to: 'ada' });
    await engine.quickAddJob(options, 'mail', { to: 'bob' });
    await engine.runOnce(options, { mail: async () => {} });
    await utils.release();`,
};

/** An SDK that keeps what it is given; `tell()` prints it. `more` is run before it is made. */
export const sdkProgram = (more: string): string => `
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
  const { InMemoryLogRecordExporter, SimpleLogRecordProcessor } = require('@opentelemetry/sdk-logs');
  const { AggregationTemporality, InMemoryMetricExporter, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
  const spans = new InMemorySpanExporter();
  const logs = new InMemoryLogRecordExporter();
  const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 1e6 });
  let instrumentations = [];
  ${more}
  const sdk = new NodeSDK({
    instrumentations,
    spanProcessors: [new SimpleSpanProcessor(spans)],
    logRecordProcessors: [new SimpleLogRecordProcessor({ exporter: logs, ...logs, export: (...a) => logs.export(...a), shutdown: () => logs.shutdown() })],
    metricReaders: [reader],
  });
  sdk.start();
  globalThis.tell = async () => {
    await new Promise((done) => setTimeout(done, 200));
    await reader.forceFlush();
    console.log('TOLD ' + JSON.stringify({
      spans: spans.getFinishedSpans().map((span) => ({
        name: span.name, trace: span.spanContext().traceId, scope: span.instrumentationScope.name, attributes: span.attributes,
      })),
      records: logs.getFinishedLogRecords().map(({ eventName, attributes }) => ({ event: eventName, attributes })),
      depths: [...new Set(points.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === 'queue.jobs')
        .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes['messaging.destination.name'])))],
    }));
    process.exit(0);
  };`;

/** An app, in which `engine` is the module. */
export function codeOf(engine: Engine, format: Format, body: string = BODIES[engine]): string {
  const load = { cjs: `const engine = require('${engine}');`, mjs: `import * as engine from '${engine}';` };
  const run = `main().then(() => globalThis.tell?.(), (error) => { console.error(error); process.exit(1); });`;
  return `${load[format]}\nasync function main() { ${body}\n }\n ${run}`;
}

/** Programs that use an engine, the package as it is built, and what is loaded before them. */
export class Apps {
  readonly #built = new WholePackage();

  async build(): Promise<void> {
    await this.#built.build();
    const given = 'instrumentations = globalThis.ours;';
    const ours = `
      globalThis.box = createSignalbox();
      globalThis.ours = signalboxInstrumentations(globalThis.box, { bullmq: { types: ['welcome', 'receipt'] } });`;
    this.write('sdk.cjs', sdkProgram(''));
    this.write(
      'sdk-with-ours.cjs',
      `const { createSignalbox } = require('signalbox');
       const { signalboxInstrumentations } = require('signalbox/instrumentation');
       ${ours}\n${sdkProgram(given)}`,
    );
    this.write('sdk-given-ours.cjs', sdkProgram(given));
    this.write(
      'sdk-with-ours.mjs',
      `import { register } from 'node:module';
       import { createSignalbox } from 'signalbox';
       import { signalboxInstrumentations } from 'signalbox/instrumentation';
       register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
       ${ours}
       await import('./sdk-given-ours.cjs');`,
    );
    this.write('register.cjs', `require('signalbox/register');`);
    this.write('register.mjs', `import 'signalbox/register';`);
    for (const engine of Object.keys(BODIES) as Engine[]) this.app(engine, engine, BODIES[engine]);
  }

  /** Writes an app of both formats, in which \`engine\` is the module. */
  app(name: string, engine: Engine, body: string): void {
    for (const format of ['cjs', 'mjs'] as const)
      this.write(`${name}.app.${format}`, codeOf(engine, format, body));
  }

  write(name: string, code: string): void {
    this.#built.write(name, code);
  }

  /** Runs an app; \`flags\` name files of the folder. */
  async run(
    name: string,
    format: Format,
    flags: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<Told> {
    const args = flags.map((flag) => (flag.startsWith('--') ? flag : join(this.#built.folder, flag)));
    return toldBy(`${name}.app.${format}`, [...args, `${name}.app.${format}`], this.#built.folder, env);
  }

  remove(): void {
    this.#built.remove();
  }
}

/** Runs a program whose SDK is that of {@link sdkProgram}, and gives what it said. */
export async function toldBy(
  name: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Told> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', OTEL_SERVICE_NAME: name, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  const line = stdout.split('\n').find((one) => one.startsWith('TOLD '));
  if (code !== 0) throw new Error(`${name} ended with ${code}\n${stdout}\n${stderr}`);
  const told = line
    ? (JSON.parse(line.slice('TOLD '.length)) as Told)
    : { spans: [], records: [], depths: [] };
  return { ...told, stdout, stderr };
}
