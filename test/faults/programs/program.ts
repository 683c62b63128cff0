// A process that is to die, or to be made to wait: an app with a box, told by its arguments what to do. What it says on its fourth
// stream is written at once, so that it is there whatever happens next.
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import type { Destination, Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { auditFile, consoleSink, jsonLineFile } from 'signalbox/sinks';
import { numbersIn } from '../doubles/endpoint.js';
import type { Orders } from './orders.js';

const orders = (isMainThread ? JSON.parse(process.argv[2] ?? '') : workerData) as Orders;
const { count, file, audit, url, console: toConsole = false, text = '' } = orders;

const NUMBERED = defineSignal('FAULT_NUMBERED', {
  message: 'numbered',
  fields: { n: field.int(), text: field.optional(field.string()) },
});

/** Says something to the one who started it. */
function say(line: string): void {
  writeSync(3, `${line}\n`);
}

function makeBox(): Signalbox<string> {
  const destinations: Record<string, Destination | SinkFunction> = {};
  if (toConsole) destinations.console = consoleSink({ format: 'json' });
  if (file) destinations.file = jsonLineFile({ path: file });
  if (audit) destinations.audit = auditFile({ path: audit });
  if (url)
    destinations.otlp = exporters({
      logs: new OTLPLogExporter({ url: `${url}/v1/logs`, timeoutMillis: orders.exportMillis ?? 3000 }),
      batch: { size: 50, delayMillis: 20, timeoutMillis: orders.exportMillis ?? 4000 },
    });
  return createSignalbox({ destinations });
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
const after = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis));

let n = orders.from ?? 0;
function emit(box: Signalbox<string>, some: number): void {
  for (let i = 0; i < some; i++) box.emit(NUMBERED, { n: n++, ...(text ? { text } : {}) });
  say(`emitted ${n}`);
}

function sayStats(box: Signalbox<string>): void {
  say(`stats ${JSON.stringify(box.stats().destinations)}`);
}

const acts: Readonly<Record<string, () => unknown>> = {
  /** Emits, and ends in the way that it is told. */
  async ends() {
    const box = makeBox();
    process.on('exit', () => sayStats(box));
    if (orders.handlers) box.installExitHandlers({ timeoutMillis: orders.handlers });
    if (orders.turns) {
      for (let i = 0; i < orders.turns; i++) {
        emit(box, count / orders.turns);
        await turn();
      }
    } else emit(box, count);
    say('ready');
    switch (orders.end) {
      case 'exit':
        return process.exit(3);
      case 'exit code':
        process.exitCode = 4;
        return undefined;
      case 'throw':
        throw new Error('boom');
      case 'throw in a timer':
        return setTimeout(() => {
          throw new Error('boom');
        }, 2);
      case 'reject':
        return void Promise.reject(new Error('boom'));
      case 'abort':
        return process.abort();
      case 'shutdown':
        return void (await box
          .shutdown({ timeoutMillis: orders.handlers ?? 500 })
          .then(() => process.exit(0)));
      case 'wait':
        return setInterval(() => undefined, 1000);
      case 'emit at exit':
        process.on('exit', () => {
          emit(box, 100);
          sayStats(box);
        });
        return process.exit(0);
      case 'eat memory': {
        await after(100);
        const kept: string[] = [];
        for (;;) kept.push(`${kept.length}${'x'.repeat(10_000)}`.split('').join('-'));
      }
    }
    return undefined;
  },

  /** Emits for ever, and says what was acknowledged: to be killed. */
  async writes() {
    const box = makeBox();
    say('ready');
    for (;;) {
      emit(box, 10);
      await turn();
      const { destinations } = box.stats();
      const acked = ['file', 'audit'].map(
        (name) => `${name}=${destinations[name]?.channels.sink?.delivered ?? 0}`,
      );
      say(`acked ${acked.join(' ')}`);
      // So that what waits stays little, and more of the kill falls into writing.
      if (n % 200 === 0) await box.forceFlush();
    }
  },

  /** Emits in a thread of its own, which ends as it is told. */
  async threads() {
    if (isMainThread) {
      const worker = new Worker(new URL(import.meta.url), { workerData: orders });
      worker.on('message', () => void worker.terminate());
      worker.on('error', () => undefined);
      worker.on('exit', () => say('thread ended'));
      return;
    }
    const box = makeBox();
    process.on('exit', () => sayStats(box));
    emit(box, count);
    const { parentPort } = await import('node:worker_threads');
    if (orders.end === 'terminate') {
      await box.forceFlush({ timeoutMillis: 30_000 });
      sayStats(box);
      parentPort?.postMessage('now');
      setInterval(() => undefined, 1000);
    } else if (orders.end === 'throw') throw new Error('boom');
    else process.exit(5);
  },

  /** An endpoint that says what it took, to be stopped or killed. */
  receives() {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      say(`took ${numbersIn(Buffer.concat(chunks)).join(' ')}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    server.listen(orders.port ?? 0, '127.0.0.1', () =>
      say(`port ${(server.address() as { port: number }).port}`),
    );
  },
};

await acts[orders.act]?.();
