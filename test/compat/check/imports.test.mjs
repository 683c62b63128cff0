import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as api from '@opentelemetry/api';
import { createSignalbox, defineSignal, SignalboxError, spanEventBridge } from 'signalbox';
import { createJobs, JOB_COMPLETED } from 'signalbox/jobs';
import { consoleSink, sink } from 'signalbox/sinks';
import { line } from './packages.mjs';

const require = createRequire(import.meta.url);
const { exports } = require('signalbox/package.json');
const all = Object.keys(exports).map((key) => `signalbox${key.slice(1)}`);
const specifiers = all.filter((specifier) => !specifier.endsWith('.json'));

test('imports - the SDK line and the Node are those that run.sh promises', () => {
  strictEqual('logs' in api, line === '3');
  if (line === '3') strictEqual(process.versions.node.split('.')[0], '24');
});

test('imports - an ES module gets the core, jobs and sinks by name', () => {
  const box = createSignalbox({ destinations: { kept: sink(() => {}) } });
  createJobs(box).queue('mail').enqueue({ id: '1' }).accepted();
  box.emit(defineSignal('SHUTDOWN'));
  ok(box.stats().emitted === 2 && JOB_COMPLETED.event === 'job.completed');
  ok(
    typeof consoleSink === 'function' &&
      typeof spanEventBridge().onEmit === 'function' &&
      new SignalboxError('x') instanceof Error,
  );
});

/** They do their work by being loaded, and export nothing. */
const PRELOADS = new Set(['signalbox/register']);

for (const specifier of specifiers) {
  test(`imports - ${specifier} exports the same by import and by require`, async () => {
    const imported = Object.keys(await import(specifier)).filter((name) => name !== 'default');
    strictEqual(imported.length > 0, !PRELOADS.has(specifier));
    deepStrictEqual(Object.keys(require(specifier)).sort(), imported.sort());
  });
}

for (const specifier of all.filter((one) => one.endsWith('.json'))) {
  test(`imports - ${specifier} is the same JSON by import and by require`, async () => {
    const { default: imported } = await import(specifier, { with: { type: 'json' } });
    ok(Object.keys(imported).length > 0);
    deepStrictEqual(require(specifier), imported);
  });
}
