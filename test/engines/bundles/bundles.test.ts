import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from '../../docs/blocks.js';
import { WholePackage } from '../../support/whole-package.js';
import type { Format, Told } from '../instrumentation/apps.js';
import { sdkProgram, toldBy } from '../instrumentation/apps.js';
import type { Redis } from '../support/redis.js';
import { startRedis } from '../support/redis.js';

/** What the page has its readers put into the bundle's entry. */
const OBSERVED = blocksOf('docs/bundles.md')[0]?.code ?? '';

const ENGINE_ALONE = `import { FlowProducer, Queue, Worker } from 'bullmq';`;

const INSTRUMENTED = `import { createSignalbox } from 'signalbox';
import { signalboxInstrumentations } from 'signalbox/instrumentation';
signalboxInstrumentations(createSignalbox(), { bullmq: { types: ['receipt'] } });`;

/** Makes jobs of each class, and ends when they are done. */
const BODY = `
async function main() {
  const connection = { url: process.env.ADDRESS, maxRetriesPerRequest: null };
  const name = process.env.QUEUE;
  const queue = new Queue(name, { connection });
  const flows = new FlowProducer({ connection });
  await queue.add('receipt', {});
  await flows.add({ name: 'receipt', queueName: name });
  let done = 0;
  await new Promise((resolve) => {
    const worker = new Worker(name, async () => 'sent', { connection, drainDelay: 1 });
    worker.on('completed', () => { if (++done === 2) resolve(worker.close()); });
  });
  await queue.close();
  await flows.close();
  console.log('DONE ' + done);
}
main().then(() => globalThis.tell(), (error) => { console.error(error); process.exit(1); });`;

const built = new WholePackage();
/** Where bundles are: signalbox is not there but in them. */
const folder = mkdtempSync(join(tmpdir(), 'signalbox-bundles-'));
let redis: Redis;

beforeAll(async () => {
  redis = await startRedis();
  await built.build();
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const ours = `
    const { createSignalbox } = require('signalbox');
    const { signalboxInstrumentations } = require('signalbox/instrumentation');
    instrumentations = signalboxInstrumentations(createSignalbox());`;
  built.write('sdk.cjs', sdkProgram(''));
  built.write('sdk-with-ours.cjs', sdkProgram(ours));
});
afterAll(async () => {
  built.remove();
  rmSync(folder, { recursive: true });
  await redis?.stop();
});

let number = 0;

/** Bundles a program and plays it. What OpenTelemetry has is loaded before it; the engine is in the bundle unless it is named. */
async function play(
  program: string,
  format: Format,
  sdk: string,
  external: readonly string[] = [],
): Promise<Told> {
  const name = `bundle-${++number}`;
  built.write(`${name}.source.mjs`, `${program}\n${BODY}`);
  const file = join(folder, `${name}.${format}`);
  await build({
    entryPoints: [join(built.folder, `${name}.source.mjs`)],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: format === 'mjs' ? 'esm' : 'cjs',
    external: ['@opentelemetry/*', 'pg', ...external],
    logLevel: 'error',
    // What is CommonJS in it requires what Node has built in.
    ...(format === 'mjs' && {
      banner: {
        js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
      },
    }),
  });
  return toldBy(name, ['--require', join(built.folder, sdk), file], folder, {
    ADDRESS: redis.url,
    QUEUE: name,
  });
}

const operations = ({ spans }: Told): unknown[] =>
  spans
    .filter(({ scope }) => scope === 'signalbox')
    .map(({ name }) => name)
    .sort();

const ALL = ['enqueue receipt', 'enqueue receipt', 'process receipt', 'process receipt'];

describe.each<Format>(['mjs', 'cjs'])('a minified bundle (%s)', (format) => {
  test('observeClasses() - all of BullMQ in it is observed, in the traces of the enqueues', async () => {
    const told = await play(OBSERVED, format, 'sdk.cjs');
    expect(told.stdout).toContain('DONE 2');
    expect(operations(told)).toEqual(ALL);
    expect(
      new Set(told.spans.filter(({ scope }) => scope === 'signalbox').map(({ trace }) => trace)).size,
    ).toBe(2);
    expect(told.records.filter(({ event }) => event === 'job.completed')).toHaveLength(2);
  });

  test('instrumentations alone - see nothing of an engine in it, and say nothing', async () => {
    const told = await play(ENGINE_ALONE, format, 'sdk-with-ours.cjs');
    expect(told.stdout).toContain('DONE 2');
    expect([...operations(told), ...told.records]).toEqual([]);
    expect(told.stderr).toBe('');
  });

  test('instrumentations in it - observe an engine that was left out, though they have no files to load', async () => {
    const told = await play(`${INSTRUMENTED}\n${ENGINE_ALONE}`, format, 'sdk.cjs', ['bullmq']);
    expect(told.stdout).toContain('DONE 2');
    expect(operations(told)).toEqual(ALL);
    expect(told.stderr).toBe('');
  });
});
