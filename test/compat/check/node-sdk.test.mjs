import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { line } from './packages.mjs';

const run = promisify(execFile);
const program = fileURLToPath(new URL('node-sdk-app.mjs', import.meta.url));

async function play(options) {
  const { stdout, stderr } = await run(process.execPath, [program, JSON.stringify(options)], {
    env: { COMPAT_LINE: line },
    timeout: 60_000,
  });
  strictEqual(stderr, '');
  return JSON.parse(stdout);
}

const RESOURCE = { 'service.name': 'shop', 'shop.detected': 'yes', 'shop.late': 'too' };

describe(`nodeSdk on SDK ${line}.x`, () => {
  for (const spansBy of ['exporter', 'processors']) {
    test(`nodeSdk - leaves the app's telemetry what it was, its spans by ${spansBy}`, async () => {
      const [alone, merged] = await Promise.all([
        play({ merged: false, spansBy }),
        play({ merged: true, spansBy }),
      ]);
      deepStrictEqual(merged.app, alone.app);
      deepStrictEqual(
        alone.app.spans.map(({ name }) => name),
        ['stock', 'order'],
      );
      deepStrictEqual(alone.app.metrics, [['shop', 'shop.orders', [[{ kind: 'book' }, 2]]]]);
      ok(alone.app.injected && alone.app.handed.includes('tracer'));
    });
  }

  test('nodeSdk - gives each destination what its routes say, and the default everything else', async () => {
    const { a, b, shutdown } = await play({ merged: true, spansBy: 'exporter' });
    deepStrictEqual(shutdown, { complete: true, undelivered: {} });
    deepStrictEqual(a.spans, [
      'enqueue receipt 1',
      'enqueue receipt 2',
      'order',
      'process receipt 1',
      'process receipt 2',
      'stock',
    ]);
    deepStrictEqual(b.spans, ['process receipt 1']);
    const named = ({ logs }) => logs.map(({ eventName, body }) => eventName ?? body);
    const lifecycle = ['job.queued', 'job.started', 'job.completed'];
    deepStrictEqual(named(a), ['ordered', ...lifecycle.slice(0, 2), 'paid', 'job.completed', ...lifecycle]);
    deepStrictEqual(named(b), ['paid']);
    const userIn = ({ logs }) => logs.find(({ eventName }) => eventName === 'paid').attributes.user;
    deepStrictEqual([userIn(a), userIn(b)], ['[redacted]', 'u-1']);
    deepStrictEqual(b.metrics, { 'signalbox paid': [[{ currency: 'EUR' }, 1]] });
    deepStrictEqual(a.metrics['signalbox paid'], b.metrics['signalbox paid']);
    deepStrictEqual(a.metrics['shop shop.orders'], [[{ kind: 'book' }, 2]]);
    strictEqual(a.metrics['signalbox job.ended'][0][1], 2);
    deepStrictEqual(a.resources, [JSON.stringify(RESOURCE)]);
    deepStrictEqual(b.resources, [JSON.stringify(RESOURCE)]);
  });
});
