import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from '../../docs/blocks.js';
import { WholePackage } from '../../support/whole-package.js';
import type { Told } from '../instrumentation/apps.js';
import { sdkProgram, toldBy } from '../instrumentation/apps.js';
import type { Redis } from '../support/redis.js';
import { startRedis } from '../support/redis.js';

const HERE = import.meta.dirname;
const WORK = join(HERE, '.work');
const run = promisify(execFile);

/** Nest, in a folder that sees the repository's BullMQ: it is no dependency of ours. */
async function install(): Promise<void> {
  const wanted = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) wanted.update(readFileSync(join(HERE, file)));
  const digest = wanted.digest('hex');
  const mark = join(WORK, 'installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return;
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(HERE, file), join(WORK, file));
  const quiet = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['ci', ...quiet], { cwd: WORK });
  writeFileSync(mark, digest);
}

const built = new WholePackage();
let redis: Redis;
let folder: string;

beforeAll(async () => {
  redis = await startRedis();
  await Promise.all([install(), built.build()]);
  folder = mkdtempSync(join(WORK, 'app-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(built.folder, join(folder, 'node_modules/signalbox'));
  const decorators = { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } };
  const { code } = await transform(readFileSync(join(HERE, 'app/shop.ts'), 'utf8'), {
    loader: 'ts',
    tsconfigRaw: decorators,
  });
  writeFileSync(join(folder, 'shop.mjs'), code);
  writeFileSync(join(folder, 'observed.mjs'), blocksOf('docs/nest.md')[0]?.code ?? '');
  writeFileSync(join(folder, 'sdk.cjs'), sdkProgram(''));
});
afterAll(async () => {
  built.remove();
  if (folder) rmSync(folder, { recursive: true });
  await redis?.stop();
});

interface Shop {
  readonly heard: readonly string[];
  readonly are: readonly boolean[];
}

/** The shop, played on a Redis that is empty before. */
async function play(preloads: readonly string[]): Promise<Told & { readonly shop: Shop }> {
  const args = ['--require', './sdk.cjs', ...preloads.flatMap((file) => ['--import', file]), 'shop.mjs'];
  const told = await toldBy('shop', args, folder, {
    ADDRESS: redis.url,
    SIGNALBOX_JOB_TYPES: 'welcome,receipt',
  });
  const shop = told.stdout.split('\n').find((line) => line.startsWith('SHOP ')) ?? 'SHOP {}';
  return { ...told, shop: JSON.parse(shop.slice('SHOP '.length)) as Shop };
}

/** What does not differ from one run to the next. */
function shapeOf({ spans, records }: Told): unknown {
  const traces = [...new Set(spans.map(({ trace }) => trace))];
  const ofTrace = (trace: string): string =>
    spans
      .filter((span) => span.trace === trace && span.scope === 'signalbox')
      .map(
        ({ name, attributes }) =>
          `${name} ${attributes['job.attempt.number'] ?? ''} ${Object.keys(attributes).sort()}`,
      )
      .sort()
      .join('\n');
  return {
    traces: traces.map(ofTrace).sort(),
    records: records
      .map(({ event, attributes }) => `${event} ${Object.keys(attributes).sort()}`)
      .filter((record) => !/^worker\.(busy|idle)/.test(record))
      .sort(),
  };
}

const CLASSES = ['./observed.mjs'];
const ZERO_CODE = ['signalbox/register'];

describe('an app of NestJS', () => {
  test('classes() - its queue, flow producer and worker are observed: a span for each attempt, in the trace of its enqueue', async () => {
    const { spans, records, shop } = await play(CLASSES);
    expect(shop).toEqual({ heard: ['flaky', 'invoice', 'receipt', 'welcome'], are: [true, true, true] });
    const of = (operation: string) =>
      spans.filter(({ attributes }) => attributes['messaging.operation.name'] === operation);
    expect(of('enqueue')).toHaveLength(4);
    expect(of('process')).toHaveLength(5);
    const enqueued = new Set(of('enqueue').map(({ trace }) => trace));
    for (const { trace } of of('process')) expect(enqueued).toContain(trace);
    const events = records.map(({ event }) => event);
    expect(events.filter((event) => event === 'job.completed')).toHaveLength(4);
    expect(events.filter((event) => event === 'job.retrying')).toHaveLength(1);
    // Nest has closed the worker by then, and it has told of that after all of its jobs.
    expect(events.lastIndexOf('worker.stopped')).toBeGreaterThan(events.lastIndexOf('job.completed'));
  });

  test('without a change of it - tells the same, and so do both ways at once', async () => {
    const byClasses = shapeOf(await play(CLASSES));
    expect(shapeOf(await play(ZERO_CODE))).toEqual(byClasses);
    expect(shapeOf(await play([...ZERO_CODE, ...CLASSES]))).toEqual(byClasses);
  });

  test('with neither - it is not observed', async () => {
    const { spans, records, shop } = await play([]);
    expect(shop.heard).toHaveLength(4);
    expect([...spans.filter(({ scope }) => scope === 'signalbox'), ...records]).toEqual([]);
  });
});
