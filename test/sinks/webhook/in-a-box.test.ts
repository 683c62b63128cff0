import { inspect } from 'node:util';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSignalbox } from '../../../src/box/create-signalbox.js';
import type { Counts } from '../../../src/delivery/account.js';
import type { Destination } from '../../../src/delivery/destination.js';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import { sink } from '../../../src/sinks/sink.js';
import { webhook } from '../../../src/sinks/webhook/webhook.js';
import { runCode } from '../../docs/run-code.js';
import { noUnhandledRejections } from '../../promises/rejections.js';
import type { Reply } from './http-endpoint.js';
import { HttpEndpoint, until } from './http-endpoint.js';

noUnhandledRejections();

function boxOf(hook: SinkFunction | Destination): {
  box: ReturnType<typeof createSignalbox>;
  counts: () => Counts | undefined;
} {
  const box = createSignalbox({ destinations: { hook }, routes: [{ signals: '*', to: 'hook' }] });
  return { box, counts: () => box.stats().destinations.hook?.channels.sink };
}

const hangs: Reply = () => {};
const messages = (text: string): string[] =>
  (JSON.parse(text) as { message: string }[]).map(({ message }) => message);

describe('a webhook in a box', () => {
  test('webhook() - a flush brings out what waits, in whole batches and in order', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const { box, counts } = boxOf(webhook({ url: endpoint.url, batch: { size: 4, ageMillis: 60_000 } }));
    for (let i = 0; i < 10; i++) box.info(String(i));
    await box.forceFlush({ timeoutMillis: 20_000 });
    expect(endpoint.texts.map(messages)).toEqual([
      ['0', '1', '2', '3'],
      ['4', '5', '6', '7'],
      ['8', '9'],
    ]);
    expect(counts()).toMatchObject({ routed: 10, delivered: 10, queued: 0 });
    box.info('10');
    await box.shutdown({ timeoutMillis: 20_000 });
    expect(counts()).toMatchObject({ routed: 11, delivered: 11, queued: 0 });
    await until(() => endpoint.open === 0);
  });

  test('webhook() - at the deadline of a shutdown each emission is counted once, and nothing is left open', async () => {
    const endpoint = await HttpEndpoint.listening(200, hangs);
    const { box, counts } = boxOf(webhook({ url: endpoint.url, batch: { size: 5, ageMillis: 60_000 } }));
    for (let i = 0; i < 17; i++) box.info(String(i));
    await until(() => endpoint.received.length === 2);
    expect(counts()).toMatchObject({ delivered: 5, queued: 12 });
    const report = await box.shutdown({ timeoutMillis: 50 });
    expect(report.complete).toBe(false);
    const ended = { routed: 17, delivered: 5, failed: 5, dropped: { shutdown: 7 }, queued: 0 };
    expect(counts()).toMatchObject(ended);
    await until(() => endpoint.open === 0);
    expect(counts()).toMatchObject(ended);
    expect(endpoint.received).toHaveLength(2);
  });

  test('webhook() - what finds no room in the queue is counted', async () => {
    const endpoint = await HttpEndpoint.listening(hangs);
    const hook = webhook({ url: endpoint.url, batch: { size: 2, ageMillis: 60_000 } });
    const { box, counts } = boxOf(sink(hook, { capacity: 3 }));
    for (let i = 0; i < 10; i++) box.info(String(i));
    await until(() => endpoint.received.length === 1);
    expect(counts()).toMatchObject({ routed: 10, queued: 3, dropped: { queue_full: 7 } });
    await box.shutdown({ timeoutMillis: 10 });
  });

  test('webhook() - two boxes share one: the end of one leaves the other its batch', async () => {
    const answers: (() => void)[] = [];
    const endpoint = await HttpEndpoint.listening((response) => {
      answers.push(() => response.writeHead(200).end());
    });
    const hook = webhook({ url: endpoint.url, batch: { size: 1, ageMillis: 60_000 } });
    const one = boxOf(hook);
    const other = boxOf(hook);
    one.box.info('of one');
    await until(() => answers.length === 1);
    other.box.info('of the other');
    const ending = one.box.shutdown({ timeoutMillis: 20_000 });
    answers[0]?.();
    await until(() => answers.length === 2);
    answers[1]?.();
    await ending;
    await other.box.shutdown({ timeoutMillis: 20_000 });
    expect([one.counts(), other.counts()]).toMatchObject([{ delivered: 1 }, { delivered: 1 }]);
  });
});

describe('secrets of a webhook', () => {
  const SECRETS = ['s3cret', 'p4ss', 'h34der'];

  test('webhook() - neither the address nor a header is in errors, diag, stats, reports or descriptions', async () => {
    const told: unknown[] = [];
    const tell = (...args: unknown[]): void => void told.push(args);
    diag.setLogger(
      { error: tell, warn: tell, info: tell, debug: tell, verbose: tell },
      { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
    );
    onTestFinished(() => diag.disable());
    const replies: Reply[] = [
      500,
      400,
      404,
      [302, { location: 'https://elsewhere.example/s3cret' }],
      [429, { 'retry-after': '86400', 'x-note': 's3cret' }],
      (response) => response.writeHead(418).end('s3cret h34der'),
      (response) => response.socket?.resetAndDestroy(),
      hangs,
    ];
    const outputs: unknown[] = [told];
    for (const reply of [...replies, 'closed' as const]) {
      const endpoint = await HttpEndpoint.listening(reply === 'closed' ? 200 : reply);
      const url = new URL(endpoint.url);
      const port = `:${endpoint.port}`;
      url.username = 'p4ss';
      url.password = 'p4ss';
      if (reply === 'closed') await endpoint.close();
      const hook = webhook({
        url,
        headers: { authorization: 'Bearer h34der', 'x-key': 'h34der' },
        retry: { attempts: 2, delayMillis: 1 },
        timeoutMillis: reply === hangs ? 50 : 20_000,
      });
      const { box, counts } = boxOf((emission, call) =>
        Promise.resolve(hook(emission, call)).catch((error: unknown) => {
          outputs.push(error, (error as Error).stack, (error as Error).cause);
          throw error;
        }),
      );
      box.info('hello');
      await box.forceFlush({ timeoutMillis: 20_000 });
      expect(counts()).toMatchObject({ failed: 1 });
      outputs.push(box.stats(), box.describe(), String(box.describe()), await box.shutdown(), hook);
      const all = inspect(outputs, { depth: 20, showHidden: true, getters: true });
      for (const secret of [...SECRETS, port]) expect(all).not.toContain(secret);
      if (reply !== 'closed' && reply !== hangs)
        expect(endpoint.received[0]?.headers).toMatchObject({
          authorization: 'Bearer h34der',
          'x-key': 'h34der',
        });
      await hook.close?.();
    }
    expect(inspect(told)).toContain("destination 'hook': its sink failed: Error: the endpoint answered 500");
  });
});

/** What an app does in a process of its own. */
const app = (endpoint: HttpEndpoint, code: string): string => `
import { createSignalbox } from 'signalbox';
import { webhook } from 'signalbox/sinks';
const url = ${JSON.stringify(endpoint.url)};
${code}
`;

describe('a process with a webhook', () => {
  test('webhook() - its requests make no spans, though HTTP is instrumented', async () => {
    const endpoint = await HttpEndpoint.listening(503, 200);
    const { code, printed } = await runCode(
      app(
        endpoint,
        `
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
const spans = new InMemorySpanExporter();
new NodeSDK({
  spanProcessors: [new SimpleSpanProcessor(spans)],
  instrumentations: [getNodeAutoInstrumentations()],
}).start();
// In an ES module, this is what has the patches seen by all.
createRequire(import.meta.url)('node:http');
syncBuiltinESMExports();
const box = createSignalbox({
  destinations: { hook: webhook({ url, retry: { attempts: 2, delayMillis: 1 } }) },
  routes: [{ signals: '*', to: 'hook' }],
});
box.info('hello');
await box.forceFlush({ timeoutMillis: 20_000 });
console.log('of the webhook', spans.getFinishedSpans().map(({ name }) => name));
const http = await import('node:http');
await new Promise((done) => http.request(url, (response) => response.resume().on('end', done)).end());
await fetch(url);
const kinds = spans.getFinishedSpans().map(({ instrumentationScope }) => instrumentationScope.name.split('-').at(-1));
console.log('of the app', [...new Set(kinds)].sort().join(' '));
console.log('delivered', box.stats().destinations.hook?.channels.sink?.delivered);
process.exit(0);
`,
      ),
    );
    expect({ code, printed }, printed).toMatchObject({ code: 0 });
    expect(printed).toContain('of the webhook []');
    expect(printed).toMatch(/of the app .*http.* undici/);
    expect(printed).toContain('delivered 1');
    const [first, second, ofTheApp] = endpoint.received.map(({ headers }) => headers.traceparent);
    expect([first, second]).toEqual([undefined, undefined]);
    expect(ofTheApp).toBeDefined();
  }, 90_000);

  test('webhook() - sends what waits when the process has nothing left to do, and holds it no longer', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const { code, printed } = await runCode(
      app(
        endpoint,
        `
const box = createSignalbox({
  destinations: { hook: webhook({ url, batch: { size: 100, ageMillis: 600_000 } }) },
  routes: [{ signals: '*', to: 'hook' }],
});
for (let i = 0; i < 3; i++) box.info(String(i));
process.on('exit', () => console.log('delivered', box.stats().destinations.hook?.channels.sink?.delivered));
`,
      ),
    );
    expect({ code, printed }, printed).toMatchObject({ code: 0, printed: 'delivered 3\n' });
    expect(endpoint.texts.map(messages)).toEqual([['0', '1', '2']]);
  }, 90_000);

  test('webhook() - an endpoint that hangs holds the process for the time of a flush alone', async () => {
    const endpoint = await HttpEndpoint.listening(hangs);
    const { code, printed } = await runCode(
      app(
        endpoint,
        `
const box = createSignalbox({
  destinations: { hook: webhook({ url, timeoutMillis: 1_000_000, deadlineMillis: 1_000_000 }) },
  routes: [{ signals: '*', to: 'hook' }],
});
box.info('hello');
process.on('exit', () => console.log('left', box.stats().destinations.hook?.channels.sink?.queued));
`,
      ),
    );
    expect({ code, printed }, printed).toMatchObject({ code: 0, printed: 'left 1\n' });
  }, 90_000);
});
