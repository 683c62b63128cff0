/** How a block of a page is run. */
export interface Run {
  /** The block, as `blocksOf` names it. */
  readonly name: string;
  /** What an app has beside the block, put behind it: it uses what the block made, and prints `done`. */
  readonly harness: string;
  /** What must be printed beside that. */
  readonly prints?: readonly string[];
  /** The server that it needs; then its text in the block becomes the address of a real one. */
  readonly needs?: { readonly server: 'postgres' | 'redis'; readonly address: string };
}

const DONE = "console.log('done'); process.exit(0);";

/** A job that is taken and settled, told of on an SDK that is there before. */
const OF_TAKEN_JOBS = (take: string): string => `const { trace } = await import('@opentelemetry/api');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
const spans = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
${take}
const { setTimeout: pause } = await import('node:timers/promises');
const attempts = () => spans.getFinishedSpans().filter(({ attributes }) => attributes['job.attempt.outcome'] === 'completed');
for (let tries = 0; tries < 100 && attempts().length === 0; tries++) await pause(50);
console.log('attempts', attempts().length);
console.log('done'); process.exit(0);`;

/** Spans of the block, as they end on an SDK that is there when something happens: their names, and the events that have a job's id. */
const OF_SPANS = (work: string): string => `const { trace } = await import('@opentelemetry/api');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
const ended = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(ended)] }));
${work}
for (const { name, events } of ended.getFinishedSpans())
  for (const event of events) console.log(name + ': ' + event.name + ' with job.id ' + event.attributes?.['job.id']);
${DONE}`;

/** What the page says is refused: each of these has to throw, and what it throws is printed. */
const OF_REFUSALS = (old: string): string => `for (const [what, make] of Object.entries({
  ${old}
})) {
  let refusal;
  try { make(); } catch (error) { refusal = error; }
  if (!refusal) throw new Error(what + ' was taken');
  console.log(what, 'is refused:', String(refusal));
}
${DONE}`;

/** Two queues with two types each, of which everything is exported to where it can be looked at. */
const OF_MANY_QUEUES = `const { createJobs } = await import('signalbox/jobs');
let exported;
OTLPMetricExporter.prototype.export = (metrics, done) => { exported = metrics; done({ code: 0 }); };
const jobs = createJobs(box);
for (const name of ['mail-17', 'mail-18']) {
  const queue = jobs.queue(name, { types: ['a', 'b'] });
  for (const type of ['a', 'b'])
    queue.attempt({ job: { id: '1', type }, number: 1, runnableAt: queue.now() }).completed();
}
await box.forceFlush({ timeoutMillis: 2_000 });
for (const { descriptor, dataPoints } of exported.scopeMetrics.flatMap(({ metrics }) => metrics)) {
  const queues = new Set(dataPoints.map(({ attributes }) => attributes['messaging.destination.name']));
  console.log(descriptor.name, dataPoints.length, 'series', [...queues].join(' '), dataPoints[0].value.buckets?.boundaries.length);
}
console.log('done'); process.exit(0);`;

/** A payment that each route to the audit file, the console and the alerts takes. */
const OF_PAYMENTS = `box.emit(PAID, { user: 'u-1', amount: 20_000 });
await box.forceFlush({ timeoutMillis: 300 });
const { readFileSync } = await import('node:fs');
console.log('audit', JSON.parse(readFileSync('audit.jsonl', 'utf8')).emission.user);
${DONE}`;

/** What is sent to https addresses comes to an endpoint here, which says what came. */
const OF_WEBHOOKS = (emits: string): string => `const http = (await import('node:http')).default;
const https = (await import('node:https')).default;
const { syncBuiltinESMExports } = await import('node:module');
const { gunzipSync } = await import('node:zlib');
const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  console.log('came', (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
  response.writeHead(202).end();
}).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
https.request = (url, options) => http.request({ ...options, agent: undefined, host: '127.0.0.1', port: server.address().port });
syncBuiltinESMExports();
${emits}
const { complete } = await box.shutdown({ timeoutMillis: 20_000 });
console.log('complete', complete);
${DONE}`;

/** Each block of the pages, and how it is run: one that is not here fails a test. */
export const RUNS: readonly Run[] = [
  {
    name: 'README.md: Drop it in',
    needs: { server: 'redis', address: 'redis://localhost' },
    harness: `await queue.add('receipt', {});
await new Promise((done) => worker.once('completed', done));
await worker.close();
${DONE}`,
    prints: ['sends 1'],
  },
  {
    name: 'README.md: Signals',
    harness: `const { emitted, values } = box.stats();
console.log('emitted', emitted, 'wrong', values.wrongType);
${DONE}`,
    prints: ['emitted 1 wrong 0'],
  },
  {
    name: 'docs/wrappers.md: pg-boss and graphile-worker',
    needs: { server: 'postgres', address: 'postgres://localhost/shop' },
    harness: `const { setTimeout: pause } = await import('node:timers/promises');
const ended = (): number => box.stats().destinations.otel?.channels.metrics?.routed ?? 0;
for (let tries = 0; tries < 300 && ended() < 10; tries++) await pause(100);
console.log('measured', ended() >= 10);
await boss.stop({ graceful: false });
await utils.release();
await runner.stop();
${DONE}`,
    prints: ['measured true'],
  },
  {
    name: 'docs/your-own-queue.md: Your own queue',
    harness: `const stored: Stored[] = [];
add('1', 'welcome', (job) => void stored.push(job));
const [job] = stored;
if (!job) throw new Error('it was not stored');
await work(job, 1, async () => { throw new Error('no'); }).catch(() => undefined);
await work(job, 2, async () => console.log('worked'));
try { add('2', 'welcome', () => { throw new Error('full'); }); } catch { console.log('refused'); }
${DONE}`,
    prints: ['worked', 'refused'],
  },
  {
    name: 'docs/your-own-queue.md: Where the store gives the id',
    harness: `console.log('id', await add(async () => 'from-the-store'));
${DONE}`,
    prints: ['id from-the-store'],
  },
  {
    name: 'README.md: Routes',
    harness: OF_PAYMENTS,
    prints: ['audit u-1', '"signal":"PAID"'],
  },
  {
    name: 'docs/routes.md: Route',
    harness: OF_PAYMENTS,
    prints: ['audit u-1', '"signal":"PAID"', 'alert '],
  },
  {
    name: 'docs/exporters.md: Exporters and NodeSDK',
    harness: OF_PAYMENTS,
    prints: ['audit u-1', '"signal":"PAID"'],
  },
  {
    name: 'docs/sinks.md: Sinks',
    harness: `const { createServer } = await import('node:http');
const statuses = [500, 200];
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(statuses.shift() ?? 200).end();
}).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
const address = server.address();
process.env.HOOK_URL = \`http://127.0.0.1:\${typeof address === 'object' ? address?.port : ''}/\`;
box.info('hello');
await box.forceFlush({ timeoutMillis: 20_000 });
console.log('delivered', box.stats().destinations.hook?.channels.sink?.delivered, 'left', statuses.length);
${DONE}`,
    prints: ['delivered 1 left 0'],
  },
  {
    name: 'docs/accounts.md: At the end',
    harness: `console.log('complete', complete);\n${DONE}`,
    prints: ['complete true'],
  },
  {
    name: 'docs/durable-signals.md: Durable signals',
    harness: `console.log('durable', durable, by.includes('ledger'), Object.keys(missing).length);
await box.shutdown({ timeoutMillis: 2_000 });
${DONE}`,
    prints: ['durable true true 0'],
  },
  {
    name: 'docs/process-end.md: Signals and crashes',
    // The app listens itself, so the end is its own: it sees the last record and ends well.
    harness: `process.once('SIGTERM', () => setTimeout(() => { ${DONE} }, 500));
setInterval(() => {}, 1_000);
process.kill(process.pid, 'SIGTERM');`,
    prints: ['SIGTERM received'],
  },
  {
    name: 'docs/signals.md: Declare signals',
    harness: `const { emitted, values } = box.stats();
console.log('emitted', emitted, 'wrong', values.wrongType);
${DONE}`,
    prints: ['emitted 1 wrong 0'],
  },
  { name: 'docs/signals.md: In tests', harness: DONE },
  {
    name: 'docs/next.md: Next.js',
    harness: `const { metrics } = await import('@opentelemetry/api');
process.env.NEXT_RUNTIME = 'edge';
await register();
console.log('edge', metrics.getMeterProvider().constructor.name);
process.env.NEXT_RUNTIME = 'nodejs';
await register();
const { trace } = await import('@opentelemetry/api');
console.log('node', trace.getTracer('app').startSpan('span').isRecording());
${DONE}`,
    prints: ['edge NoopMeterProvider', 'node true'],
  },
  {
    name: 'docs/next.md: Serverless functions',
    harness: `console.log('answered', (await handler({ order: '7' })).statusCode, 'emitted', box.stats().emitted);
${DONE}`,
    prints: ['answered 202 emitted 1'],
  },
  {
    name: 'docs/from-pino.md: From pino to signalbox',
    harness: `await box.forceFlush({ timeoutMillis: 300 });
console.log('lines', box.stats().destinations.console?.channels.sink?.delivered);
${DONE}`,
    prints: ['"message":"sent","order":7,"password":"[redacted]"', '"error":"no route to host"', 'lines 2'],
  },
  {
    name: 'docs/from-winston.md: From winston to signalbox',
    harness: `await box.forceFlush({ timeoutMillis: 2_000 });
const { readFileSync } = await import('node:fs');
console.log('file', readFileSync('errors.jsonl', 'utf8').trim().split('\\n').length);
${DONE}`,
    prints: ['"message":"sent","order":7', 'file 1'],
  },
  {
    name: 'docs/from-0.1.md: 2. Keep the old names on the wire',
    harness: OF_SPANS(`mail.enqueue({ id: '1', type: 'welcome' }).accepted();
mail.abandoned({ id: '1', type: 'welcome' }, { reason: 'cancelled' });`),
    prints: ['enqueue mail: job.queued with job.id 1', 'settle welcome: job.abandoned with job.id 1'],
  },
  {
    name: 'docs/from-0.1.md: 3. Rename options',
    harness: `OTLPMetricExporter.prototype.export = ({ scopeMetrics }, done) => {
  const sent = scopeMetrics.flatMap(({ metrics }) => metrics).find(({ descriptor }) => descriptor.name === 'mail.sent');
  if (sent) console.log('sent', sent.dataPoints[0].value, sent.dataPoints[0].attributes.channel);
  done({ code: 0 });
};
box.emit(MAIL_SENT, {});
await box.forceFlush({ timeoutMillis: 2_000 });
const { capacity, capacityBytes } = box.stats().destinations.hook?.queue ?? {};
console.log('hook', capacity, capacityBytes);
${OF_REFUSALS(`'createSignalbox({ default: 1 })': () => createSignalbox({ default: 'collector' }),
  'createSignalbox({ redactError: 1 })': () => createSignalbox({ redactError: String }),
  'sink({ queue: 1 })': () => sink(console.log, { queue: 100 }),
  'sink({ queueBytes: 1 })': () => sink(console.log, { queueBytes: 100 }),
  'exporters({ metricIntervalMillis: 1 })': () => exporters({ metrics: new OTLPMetricExporter(), metricIntervalMillis: 1 }),
  'exporters({ metricTimeoutMillis: 1 })': () => exporters({ metrics: new OTLPMetricExporter(), metricTimeoutMillis: 1 }),
  'labels': () => defineSignal('OLD', { metrics: [{ type: 'counter', name: 'old', labels: { channel: 'mail' } }] }),`)}`,
    prints: [
      'at true',
      'sent 1 mail',
      'hook 100 1000000',
      'it is called `otherTelemetry` now',
      'it is called `redactText` now',
      'it is called `capacity` now',
      'it is called `capacityBytes` now',
      'it is called `metricExport.intervalMillis` now',
      'it is called `metricExport.timeoutMillis` now',
      'it is called `constantLabels` now',
    ],
  },
  {
    name: 'docs/from-0.1.md: 4. Say where signals go',
    harness: `box.info('hello');
await box.forceFlush({ timeoutMillis: 300 });
const routed = ({ destinations }) => Object.values(destinations.otel?.channels ?? {}).reduce((sum, { routed }) => sum + routed, 0);
const open = createSignalbox({ destinations: { quiet: () => {} } });
open.info('hello');
console.log('otel', routed(box.stats()), 'without a route', routed(open.stats()) > 0);
${DONE}`,
    prints: ['"message":"hello"', 'otel 0 without a route true'],
  },
  {
    name: 'docs/from-0.1.md: 5. Change the hook for texts',
    harness: `await box.forceFlush({ timeoutMillis: 300 });\n${DONE}`,
    prints: [
      '"message":"card [card] refused"',
      '"error":"no account for [card]"',
      '"error_type":"RangeError"',
    ],
  },
  {
    name: 'docs/from-0.1.md: 6. Change signals',
    harness: `console.log('emitted', box.stats().emitted);
${OF_REFUSALS(`'a sensitive field': () => defineSignal('A', { fields: { salary: field.number({ sensitive: true }) }, metrics: [{ type: 'histogram', name: 'a', of: 'salary' }] }),
  'a level': () => defineSignal('WARN'),
  'no policy': () => defineSignal('B', { fields: { salary: field.number({ sensitive: 'true' }) } }),
  'one key twice': () => defineSignal('C', { fields: { a: field.oneOf(['x']) }, metrics: [{ type: 'counter', name: 'c', by: ['a'], constantLabels: { a: 'y' } }] }),`)}`,
    prints: ['emitted 1'],
  },
  {
    name: 'docs/from-0.1.md: 7. Change sinks and files',
    harness: `box.emit(REPORT_READ, { user: 'u-1' });
await box.shutdown({ timeoutMillis: 10_000 });
const { readFileSync, statSync, symlinkSync } = await import('node:fs');
console.log('user', JSON.parse(readFileSync('audit.jsonl', 'utf8')).emission.user, (statSync('audit.jsonl').mode & 0o777).toString(8));
console.log('event', JSON.parse(readFileSync('events.jsonl', 'utf8')).signal);
console.log('capacity', box.stats().destinations.console?.queue?.capacity, box.stats().destinations.some?.queue?.capacity);
symlinkSync('events.jsonl', 'link.jsonl');
${OF_REFUSALS(`'sync: true': () => jsonLineFile({ path: 'a.jsonl', sync: true }),
  'sync: false': () => jsonLineFile({ path: 'a.jsonl', sync: false }),
  'a link': () => jsonLineFile({ path: 'link.jsonl' }),
  'a link of a trail': () => auditFile({ path: 'link.jsonl' }),`)}`,
    prints: [
      'user u-1 600',
      'event REPORT_READ',
      'capacity 16384 Infinity',
      "it is called 'line' now",
      "it is called 'never' now",
    ],
  },
  {
    name: 'docs/from-0.1.md: 8. Change destinations of your own',
    harness: `box.info('hello');
const { routed, delivered, queued } = box.stats().destinations.kept?.channels.sink ?? {};
console.log('kept', list, routed, delivered, queued);
${DONE}`,
    prints: ["kept [ 'hello' ] 1 1 0"],
  },
  {
    name: 'docs/from-0.1.md: 9. Change the code of jobs',
    needs: { server: 'redis', address: 'redis://localhost' },
    harness: `console.log('itself', jobs.queue(queue) === queue);
await queue.add('welcome', {});
await new Promise((done) => worker.once('completed', done));
await worker.close();
const handler = async () => {};
${OF_REFUSALS(`'a worker that leaves its processor alone': () => jobs.worker(handler, () => new Worker('mail', handler, { connection })),`)}`,
    prints: ['itself true', 'sends welcome'],
  },
  {
    name: 'docs/from-0.1.md: 10. Change tests',
    harness: `console.log('kept', seen.emissions(PAID).length);
${OF_REFUSALS(`'no field': () => seen.assertNotEmitted(PAID, { amuont: 12 }),`)}`,
    prints: ['kept 1'],
  },
  {
    name: 'docs/manual-workers.md: BullMQ',
    needs: { server: 'redis', address: 'redis://localhost' },
    harness: OF_TAKEN_JOBS("await queue.add('welcome', { to: 'ann' }); await sendNext('desk');"),
    prints: ['to ann', 'attempts 1'],
  },
  {
    name: 'docs/manual-workers.md: pg-boss',
    needs: { server: 'postgres', address: 'postgres://localhost/shop' },
    harness: OF_TAKEN_JOBS(
      "await boss.start(); await boss.createQueue('mail'); await boss.send('mail', { to: 'ann' }); await sendNext();",
    ),
    prints: ['to ann', 'attempts 1'],
  },
  {
    name: 'docs/manual-workers.md: Without a change in your code',
    needs: { server: 'redis', address: 'redis://localhost' },
    harness: OF_TAKEN_JOBS("await queue.add('welcome', { to: 'ann' }); await sendNext('desk');"),
    prints: ['to ann', 'attempts 1'],
  },
  {
    name: 'docs/many-queues.md: The limit of 2,000 label sets',
    harness: OF_MANY_QUEUES,
    prints: ['job.ended 4 series mail-17 mail-18'],
  },
  {
    name: 'docs/many-queues.md: Fewer series',
    harness: `console.log('queue', mail.name);\n${DONE}`,
    prints: ['queue mail'],
  },
  {
    name: 'docs/many-queues.md: Fewer series 2',
    harness: OF_MANY_QUEUES,
    prints: ['job.ended 4 series', 'job.wait.duration 2 series mail-17 mail-18 23'],
  },
  {
    name: 'docs/many-queues.md: Fewer series 3',
    harness: OF_MANY_QUEUES,
    prints: [
      'job.ended 2 series mail',
      'job.wait.duration 2 series mail 23',
      'job.active 4 series mail-17 mail-18',
    ],
  },
  {
    name: 'docs/many-queues.md: Fewer series 4',
    harness: OF_MANY_QUEUES,
    prints: ['job.ended 4 series', 'job.wait.duration 4 series mail-17 mail-18 5'],
  },
  {
    name: 'docs/development.md: Development mode',
    harness: `const { values, unrouted } = box.stats();
console.log('wrong', values.wrongType, 'undeclared', values.undeclared, 'unrouted', unrouted);
await new Promise((done) => setTimeout(done, 500));
${DONE}`,
    prints: [
      "signalbox (development): the field 'amount' of PAID is a string, and does not leave.",
      'app.ts:11:7)\n  Give a finite number.',
      "signalbox (development): PAID was given no 'user', which is not optional.",
      "signalbox (development): PAID declares no field 'usr', which does not leave. Did you mean 'user'?",
      "defineSignal('PAID', { fields: { amount, user, usr } }).",
      'signalbox (development): no route takes INFO: it goes nowhere.',
      'app.ts:14:5',
      'wrong 2 undeclared 1 unrouted 1',
    ],
  },
  {
    name: 'docs/levels.md: Levels',
    harness: `const { emitted, silenced, destinations } = box.stats();
await box.forceFlush({ timeoutMillis: 300 });
console.log('emitted', emitted, 'silenced', silenced, 'counted', destinations.otel?.channels.metrics?.routed);
${DONE}`,
    prints: ['"amount":2', 'emitted 1 silenced 1 counted 2'],
  },
  {
    name: 'docs/modifiers.md: Modifiers of sinks',
    harness: `globalThis.fetch = async () => { throw new Error('nobody there'); };
box.info('kept');
await box.shutdown({ timeoutMillis: 20_000 });
const { readFileSync } = await import('node:fs');
console.log('written', JSON.parse(readFileSync('undelivered.jsonl', 'utf8')).message);
${DONE}`,
    prints: ['written kept'],
  },
  {
    name: 'docs/modifiers.md: Sampling',
    harness: `for (let i = 0; i < 1_000; i++) box.emit(ORDER_PRICED, { order: String(i), customer: String(i % 100) });
await box.shutdown({ timeoutMillis: 20_000 });
const { some, few } = box.stats().destinations;
console.log('some', some?.channels.sink?.delivered, 'few', (few?.channels.sink?.delivered ?? 0) >= 5);
${DONE}`,
    // Ten each of these customers.
    prints: ['some 140 few true'],
  },
  {
    name: 'docs/modifiers.md: Batches',
    harness: `for (let i = 0; i < 1_200; i++) box.info(String(i));
await box.shutdown({ timeoutMillis: 20_000 });
console.log('rows', rows.length, rows.at(-1));
${DONE}`,
    prints: ['rows 1200 1199'],
  },
  {
    name: 'docs/webhook.md: Webhooks',
    harness: OF_WEBHOOKS("box.info('one'); box.info('two');"),
    prints: ['"message":"one"},{"time"', 'complete true'],
  },
  {
    name: 'docs/webhook.md: Slack',
    harness: OF_WEBHOOKS("box.error('it broke');"),
    prints: ['came {"text":"ERROR: it broke","blocks":[{"type":"section"', 'complete true'],
  },
  {
    name: 'docs/webhook.md: PagerDuty',
    harness: OF_WEBHOOKS(
      "box.emit(QUEUE_STUCK, { queue: 'mail' }); box.emit(QUEUE_RUNS, { queue: 'mail' });",
    ),
    prints: [
      '"event_action":"trigger","dedup_key":"queue mail"',
      '"event_action":"resolve","dedup_key":"queue mail"',
      'complete true',
    ],
  },
  {
    name: 'docs/schedules.md: In your own process',
    harness: `nightly.came();
nightly.completed();
console.log('watches', nightly.name);
nightly.stop();
${DONE}`,
    prints: ['watches nightly'],
  },
  {
    name: 'docs/schedules.md: Found by themselves',
    harness: `await monitor.check();
console.log('checked', queue.name);
${DONE}`,
    prints: ['checked reports'],
  },
  {
    name: 'docs/files.md: Files of JSON lines',
    harness: `const { readFileSync, statSync } = await import('node:fs');
const { complete } = await box.shutdown({ timeoutMillis: 10_000 });
console.log('complete', complete, JSON.parse(readFileSync('logs/events.jsonl', 'utf8')).message, (statSync('logs/events.jsonl').mode & 0o777).toString(8));
${DONE}`,
    prints: ['complete true started 640'],
  },
  {
    name: 'docs/audit.md: Write one',
    harness: `await box.shutdown();
const { readFileSync, writeFileSync } = await import('node:fs');
const { spawnSync } = await import('node:child_process');
const { fileURLToPath } = await import('node:url');
const command = fileURLToPath(new URL('cli/main.js', import.meta.resolve('signalbox')));
writeFileSync('audit.secret', 'a secret of 32 bytes or more, for this page');
const verify = () => {
  const args = [command, 'audit', 'verify', 'audit/audit.jsonl', '--key', '2026-a=audit.secret'];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  console.log(stdout, 'ended', status);
};
verify();
writeFileSync('audit/audit.jsonl', readFileSync('audit/audit.jsonl', 'utf8').replace('u-1', 'u-2'));
verify();
${DONE}`,
    prints: [
      'valid audit/audit.jsonl: 1 line, head 1:',
      'every line is signed with a given key',
      'ended 0',
      'wrong audit/audit.jsonl line 1: its signature is wrong',
      'ended 1',
    ],
  },
  {
    name: 'docs/doctor.md: In the app',
    harness: DONE,
    prints: ['logs: no LoggerProvider is registered; start an OpenTelemetry SDK with a log pipeline'],
  },
  {
    name: 'docs/bound-fields.md: Bound fields and baggage',
    harness: `placeOrder('o-1', 'r-1');
await box.forceFlush();
${DONE}`,
    prints: [
      '"order":"o-1","region":"eu-1","tenant":"acme","request_id":"[redacted]"',
      '"items":3,"region":"eu-1","tenant":"acme","request_id":"[redacted]","step":"stock"',
    ],
  },
  {
    name: 'docs/bound-fields.md: Baggage',
    harness: `const { metrics, propagation, context } = await import('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
const { W3CBaggagePropagator } = await import('@opentelemetry/core');
const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
metrics.setGlobalMeterProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CBaggagePropagator());
const baggage = propagation.createBaggage({ 'tenant.plan': { value: 'paid' } });
const { carrier } = context.with(propagation.setBaggage(context.active(), baggage), () => billing.enqueue({ id: '1', type: 'invoice' }));
billing.attempt({ job: { id: '1', type: 'invoice' }, carrier }).completed();
await provider.forceFlush();
const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
console.log('plan', all.find(({ descriptor }) => descriptor.name === 'job.ended')?.dataPoints[0]?.attributes['tenant.plan']);
${DONE}`,
    prints: ['plan paid'],
  },
  {
    name: 'docs/redaction.md: Sensitive fields',
    harness: `const card = '4111111111111111';
box.emit(CARD_CHARGED, { user: 'u-1', card, phone: '12345', address: 'here', born: 0, postcode: '12345' });
await box.forceFlush();
const { readFileSync } = await import('node:fs');
const { user, card: revealed, address } = JSON.parse(readFileSync('audit.jsonl', 'utf8')).emission;
console.log('audit', user, revealed, address, 'hash', byKey('u-1'));
${DONE}`,
    prints: [
      '"message":"Charged ********1111"',
      '"phone":"********","born":"[redacted]","postcode":"12…"',
      'audit u-1 4111111111111111 undefined hash 2026-11:',
    ],
  },
  {
    name: 'docs/redaction.md: Plain level records',
    harness: `await box.forceFlush({ timeoutMillis: 300 });\n${DONE}`,
    prints: [String.raw`"password":"[redacted]","user":"{\"ann\":{\"id\":1}}","cards":["********1111"]`],
  },
  {
    name: 'docs/redaction.md: Messages, errors and stacks',
    harness: `await box.forceFlush({ timeoutMillis: 300 });\n${DONE}`,
    prints: ['"message":"no account for [card]"', 'Error: no account for [card]'],
  },
  {
    name: 'docs/routes-as-data.md: Replaced while the app runs',
    harness: `const { writeFileSync } = await import('node:fs');
const write = (routes) => { writeFileSync('routes.json', JSON.stringify(routes)); readRoutes(); };
write([{ signals: 'PAID', to: 'console' }]);
write([{ signals: 'PAID', to: 'conosle' }]);
console.log('routes', box.describe().routes.join(' | '));
box.emit(PAID, { amount: 20_000 });
await box.forceFlush();
${DONE}`,
    prints: ['routes PAID → console | PAID when … → alerts', '"signal":"PAID"', 'paid\n'],
  },
  {
    name: 'docs/zero-code.md: Instrumentations',
    harness: `const { BullMQInstrumentation } = await import('signalbox/instrumentation');
console.log('one is', typeof new BullMQInstrumentation(box).disable);
${DONE}`,
    prints: ['one is function'],
  },
  { name: 'docs/zero-code.md: Instrumentations 2', harness: DONE },
  {
    name: 'docs/zero-code.md: Classes',
    harness: `console.log(Queue === bullmq.Queue, TenantQueue.prototype instanceof bullmq.Queue, Worker.name, FlowProducer.name);
${DONE}`,
    prints: ['false true Worker FlowProducer'],
  },
  {
    name: "docs/bundles.md: Hand BullMQ's classes over",
    harness: `console.log('own', Object.hasOwn(Queue.prototype, 'getJobs'));
${DONE}`,
    prints: ['own true'],
  },
  { name: 'docs/testing.md: What was emitted', harness: DONE },
  {
    name: 'docs/testing.md: What was measured',
    harness: `console.log('measured', seen.measured().length);\n${DONE}`,
    prints: ['measured 4'],
  },
  { name: 'docs/testing.md: What was measured 2', harness: DONE },
  {
    name: 'docs/testing.md: How a job went',
    harness: `console.log('spans', exporter.getFinishedSpans().length);\n${DONE}`,
    prints: ['spans 3'],
  },
  { name: 'docs/testing.md: Time', harness: DONE },
  {
    name: 'docs/testing.md: Routes that forget nothing',
    harness: `try { expectRouted({ ...options, routes: [{ minSeverity: 'error', to: 'alerts' }] }); } catch (e) { console.log(String(e)); }
${DONE}`,
    prints: ['1 of 2 signals reach no destination', 'PAID (info): it is taken from severity error on'],
  },
];

/** Blocks that are run by a test which has what they need: of NestJS by test/engines/nest, of vitest by test/testing/page.test.ts. */
export const RUN_ELSEWHERE: readonly string[] = [
  'docs/nest.md: NestJS',
  'docs/testing.md: Matchers of vitest and Jest',
];
