import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOtlpEndpoint } from '../../support/otlp-endpoint.js';
import type { Received } from '../../support/otlp-model.js';
import { readOtlp } from '../../support/otlp-model.js';
import type { ShopForm } from '../../support/shop.js';
import { playShop } from '../../support/shop.js';
import { WholePackage } from '../../support/whole-package.js';
import type { Redis } from '../support/redis.js';
import { startRedis } from '../support/redis.js';

const ORDERS = 4;
const ENV = '--env-file=examples/drop-in/zero-code/zero-code.env';
const BEFORE = 'examples/drop-in/before';

const built = new WholePackage();
let redis: Redis;
let after: Received;

/** What was sent while the shop and its mail worker were played. */
async function play(form: 'after' | ShopForm): Promise<Received> {
  const endpoint = await startOtlpEndpoint();
  try {
    await playShop(form, { redis: redis.url, otlp: endpoint.url, orders: ORDERS, sends: ORDERS + 1 });
    return readOtlp(endpoint.requests);
  } finally {
    await endpoint.close();
  }
}

/** The shop as `tsc` compiles it for CommonJS, into the folder of the package. */
async function compileShop(): Promise<string> {
  const outDir = join(built.folder, 'shop');
  await build({
    entry: ['shop', 'mail-worker', 'telemetry'].map((file) => `${BEFORE}/${file}.ts`),
    outDir,
    format: ['cjs'],
    outExtension: () => ({ js: '.js' }),
    bundle: false,
    shims: true,
    dts: false,
    silent: true,
    config: false,
  });
  writeFileSync(join(outDir, 'package.json'), '{"type":"commonjs"}');
  return outDir;
}

beforeAll(async () => {
  redis = await startRedis();
  await built.build();
  after = await play('after');
}, 120_000);
afterAll(async () => {
  built.remove();
  await redis?.stop();
});

const sorted = (all: readonly unknown[]): string[] => all.map((one) => JSON.stringify(one)).sort();
const keys = (attributes: object): string[] => Object.keys(attributes).sort();

/** How often a worker of two slots is idle in between is a matter of moments. */
function once(records: readonly string[]): string[] {
  return records.filter((record, i) => !/"worker\.(busy|idle)"/.test(record) || record !== records[i - 1]);
}

/** What does not differ from one run to the next. */
function shapeOf({ spans, logs, series }: Received): Record<string, string[]> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return {
    spans: sorted(
      spans
        // What the engine's own commands are is not of the shop.
        .filter(({ scope }) => scope === 'signalbox' || scope?.includes('http'))
        .map(
          ({
            name,
            kind,
            status,
            statusMessage,
            service,
            scope,
            parentSpanId,
            attributes,
            links,
            events,
          }) => ({
            name,
            kind,
            status,
            statusMessage,
            service,
            scope,
            parent: byId.get(parentSpanId ?? '')?.name,
            attributes: scope === 'signalbox' ? keys(attributes) : [],
            links: links.length,
            events: events.map((event) => event.name),
          }),
        ),
    ),
    records: once(
      sorted(
        logs.map(({ body, eventName, severity, service, spanId, attributes }) => ({
          body: eventName === undefined ? body : undefined,
          eventName,
          severity,
          service,
          span: byId.get(spanId ?? '')?.name,
          attributes: eventName === undefined ? [] : keys(attributes),
        })),
      ),
    ),
    metrics: [
      ...new Set(
        sorted(
          series
            .filter(({ scope }) => scope === 'signalbox')
            .map(({ metric, service, attributes }) => ({ metric, service, attributes })),
        ),
      ),
    ],
  };
}

describe('the shop, not one line of which is changed', () => {
  test('zero-code - in ESM gives the traces, records and metrics of the wrapped one', async () => {
    const esm = await play({
      args: [
        ENV,
        '--import',
        'tsx',
        '--import',
        `${built.folder}/dist/register/index.js`,
        '--import',
        `./${BEFORE}/telemetry.ts`,
      ],
      folder: `./${BEFORE}`,
      extension: 'ts',
    });
    expect(shapeOf(esm)).toEqual(shapeOf(after));
  }, 60_000);

  test('zero-code - in CommonJS gives them too', async () => {
    const folder = await compileShop();
    const cjs = await play({
      args: [
        ENV,
        '--require',
        `${built.folder}/dist/register/index.cjs`,
        '--require',
        `${folder}/telemetry.js`,
      ],
      folder,
      extension: 'js',
    });
    expect(shapeOf(cjs)).toEqual(shapeOf(after));
  }, 60_000);

  test('zero-code - what is compared is there', () => {
    const { spans, records, metrics } = shapeOf(after);
    expect(spans?.filter((span) => span.includes('process receipt'))).toHaveLength(ORDERS + 1);
    expect(records?.filter((record) => record.includes('job.completed'))).toHaveLength(ORDERS);
    expect(metrics?.filter((metric) => metric.includes('job.ended'))).not.toEqual([]);
  });
});
