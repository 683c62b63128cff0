import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BuiltPackage } from '../support/built.js';

const built = new BuiltPackage();
beforeAll(() => built.build(), 60_000);
afterAll(() => built.remove());

/** Exporters that tell what they are given; `answer` says how they answer. */
const EXPORTERS = `
  const exporter = (name, answer = (done) => done({ code: 0 })) => ({
    export(items, done) { console.log(name + ' ' + (items.length ?? items.scopeMetrics.length)); answer(done); },
    selectAggregationTemporality: () => 1, forceFlush: async () => {}, shutdown: async () => {},
  });`;

describe('a process that has nothing left to do', () => {
  test('exit - its exporters get what waits: records, spans and the last metrics', async () => {
    const ended = await built.run(
      `${EXPORTERS}
       const { defineSignal, field } = require('./index.cjs');
       const PAID = defineSignal('PAID', { metrics: [{ type: 'counter', name: 'paid', unit: '1' }] });
       const box = createSignalbox({ destinations: { collector: exporters({ logs: exporter('logs'), metrics: exporter('metrics') }) } });
       box.emit(PAID); box.emit(PAID);
       process.on('exit', (code) => console.log(JSON.stringify(box.stats().destinations.collector.channels.logs), code));`,
    );
    const lines = ended.stdout.trim().split('\n');
    expect(lines.slice(0, 2).sort()).toEqual([
      expect.stringMatching(/^logs 2$/),
      expect.stringMatching(/^metrics [1-9]/),
    ]);
    expect(lines[2]).toMatch(/"delivered":2.*"queued":0} 0$/);
    expect(lines).toHaveLength(3);
  });

  test('exit - a healthy exporter keeps it no longer than it takes, and is flushed once', async () => {
    const ended = await built.run(
      `${EXPORTERS}
       const box = createSignalbox({ destinations: { collector: exporters({ logs: exporter('logs', (done) => setTimeout(done, 50, { code: 0 })) }) } });
       box.info('a');
       let rounds = 0; process.on('beforeExit', () => { rounds++; });
       const begun = performance.now();
       process.on('exit', () => console.log(rounds, performance.now() - begun < 2000, box.stats().destinations.collector.channels.logs.delivered));`,
    );
    expect(ended.stdout).toBe('logs 1\n2 true 1\n');
  });

  test('exit - an exporter that never answers keeps it for the five seconds of a shutdown, and no longer', async () => {
    const ended = await built.run(
      `${EXPORTERS}
       const box = createSignalbox({ destinations: { collector: exporters({ logs: exporter('logs', () => {}) }) } });
       box.info('a'); const begun = performance.now();
       process.on('exit', () => console.log(Math.round((performance.now() - begun) / 1000)));`,
    );
    expect(ended.stdout).toMatch(/^logs 1\n[567]\n$/);
  }, 20_000);

  test("exit - what the app's own listener emits then is sent too", async () => {
    const ended = await built.run(
      `${EXPORTERS}
       const box = createSignalbox({ destinations: { collector: exporters({ logs: exporter('logs') }) } });
       process.once('beforeExit', () => box.info('last'));`,
    );
    expect(ended.stdout).toBe('logs 1\n');
  });

  test("exit - the app's own providers are left to the app", async () => {
    const ended = await built.run(
      `${EXPORTERS}
       const told = []; const api = Symbol.for('io.opentelemetry.js.api.logs');
       const provider = { getLogger: () => ({ emit() {}, enabled: () => true }), forceFlush: async () => { told.push('flushed'); } };
       globalThis[api] = () => provider;
       const box = createSignalbox({ destinations: { collector: exporters({ logs: exporter('logs') }) }, routes: [{ signals: '*', to: ['otel', 'collector'] }, { minSeverity: 'info', to: ['otel', 'collector'] }] });
       box.info('a');
       process.on('exit', () => console.log(told.length, box.stats().destinations.otel.channels.logs.handedOver));`,
    );
    expect(ended.stdout).toMatch(/^logs 1\n0 \d\n$/);
  });

  test('exit - a box that was shut down or disabled keeps nothing and is not asked again', async () => {
    const ended = await built.run(
      `${EXPORTERS}
       const make = () => createSignalbox({ destinations: { collector: exporters({ logs: exporter('logs', () => {}) }) } });
       const before = ['exit', 'beforeExit'].map((event) => process.listenerCount(event));
       const boxes = Array.from({ length: 30 }, make); const file = createSignalbox({ destinations: { c: consoleSink() } });
       const during = ['exit', 'beforeExit'].map((event) => process.listenerCount(event));
       boxes[0].disable(); await Promise.all([...boxes.slice(1), file].map((box) => box.shutdown()));
       const after = ['exit', 'beforeExit'].map((event) => process.listenerCount(event));
       console.log(JSON.stringify([during, after].map((counts) => counts.map((n, i) => n - before[i]))));`,
    );
    expect(JSON.parse(ended.stdout)).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });
});
