import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BuiltPackage } from '../../support/built.js';

/** What the doctor said of an app, and what the app printed. */
export interface Diagnosis {
  readonly code: number | null;
  readonly said: string;
  /** The problems that `describe()` of the app's own box names, where the app prints them. */
  readonly described: readonly string[];
}

/** The command line as it is built, beside apps that are run by it. */
export class BuiltCli {
  readonly #built = new BuiltPackage();

  async build(): Promise<void> {
    await this.#built.build({
      jobs: 'src/jobs/index.ts',
      redaction: 'src/redaction/index.ts',
      'dist/cli/main': 'src/cli/main.ts',
      'dist/cli/preload': 'src/cli/doctor/preload.ts',
    });
    writeFileSync(join(this.#built.folder, 'package.json'), '{ "name": "signalbox" }');
  }

  remove(): void {
    this.#built.remove();
  }

  /** Puts a file beside the apps. */
  write(name: string, body: string): string {
    const path = join(this.#built.folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, body);
    return path;
  }

  /** A copy of the api with another version, in a folder of its own. Returns the path that it is required by. */
  copyOfApi(version: string): string {
    const folder = join(this.#built.folder, `copies/${version}/node_modules/@opentelemetry/api`);
    cpSync('node_modules/@opentelemetry/api', folder, { recursive: true, dereference: true });
    for (const [file, now] of [
      ['package.json', `"version": "${version}"`],
      ['build/src/version.js', `VERSION = '${version}'`],
    ] as const) {
      const path = join(folder, file);
      const before = readFileSync(path, 'utf8');
      const after = before.replace(/"version": "[^"]+"|VERSION = '[^']+'/, now);
      if (after === before) throw new Error(`${path} has no version to be changed`);
      writeFileSync(path, after);
    }
    return folder;
  }

  /** Runs an app under the doctor. */
  async doctor(
    body: string,
    args: readonly string[] = [],
    before: readonly string[] = [],
  ): Promise<Diagnosis> {
    const app = this.write(`app-${++this.#count}.mjs`, body);
    return this.run('doctor', ...before, '--', process.execPath, app, ...args);
  }
  #count = 0;

  /** The folder of an app that has the package in its `node_modules`, and is started by `npm start`. */
  appByNpm(body: string): string {
    const { folder } = this.#built;
    const app = join(folder, `by-npm-${++this.#count}`);
    const installed = join(app, 'node_modules/signalbox');
    mkdirSync(installed, { recursive: true });
    const files = readdirSync(folder).filter((name) => /\.[cm]js$|^package\.json$|^dist$/.test(name));
    for (const name of files) cpSync(join(folder, name), join(installed, name), { recursive: true });
    writeFileSync(join(app, 'app.mjs'), body.replaceAll("from './", "from 'signalbox/"));
    writeFileSync(join(app, 'package.json'), '{ "name": "app", "scripts": { "start": "node app.mjs" } }');
    return app;
  }

  /** Runs the command line. */
  run(...args: readonly string[]): Promise<Diagnosis> {
    return this.#run(this.#built.folder, this.#built.folder, args);
  }

  /** Runs the command line that an app has in its `node_modules`, in its folder. */
  runIn(app: string, ...args: readonly string[]): Promise<Diagnosis> {
    return this.#run(app, join(app, 'node_modules/signalbox'), args);
  }

  async #run(cwd: string, from: string, args: readonly string[]): Promise<Diagnosis> {
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', FORCE_COLOR: undefined };
    const main = join(from, 'dist/cli/main.mjs');
    const child = spawn(process.execPath, [main, ...args], { env, cwd });
    const [said, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    const [, described = '[]'] = /^DESCRIBED (.*)$/m.exec(said) ?? [];
    return { code, said: said + errors, described: JSON.parse(described) as string[] };
  }
}

/** Ends an app: its box says what it knows. */
export const DESCRIBED = "console.log('DESCRIBED ' + JSON.stringify(box.describe().problems));";

/** What apps have: a box with jobs, and an SDK whose pipelines end in memory. */
export const APP = `
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOffSampler, BatchSpanProcessor, BasicTracerProvider, InMemorySpanExporter, ParentBasedSampler, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { AggregationTemporality, AggregationType, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createSignalbox } from './index.mjs';
import { createJobs } from './jobs.mjs';
import { exporters } from './sdk.mjs';

const toLogs = new SimpleLogRecordProcessor({ exporter: new InMemoryLogRecordExporter() });
const toSpans = new SimpleSpanProcessor(new InMemorySpanExporter());
const toMetrics = new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE) });
const whole = { logRecordProcessors: [toLogs], spanProcessors: [toSpans], metricReaders: [toMetrics] };
const start = (options = {}) => { const sdk = new NodeSDK({ ...whole, ...options }); sdk.start(); return sdk; };
const pause = (millis) => new Promise((done) => setTimeout(done, millis));
let box = createSignalbox();
const jobs = createJobs(box);
`;
