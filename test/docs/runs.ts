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

/** Each block of the pages, and how it is run: one that is not here fails a test. */
export const RUNS: readonly Run[] = [
  {
    name: 'README.md: Five minutes: drop it into an app that has OpenTelemetry',
    harness: `const { emitted, values } = box.stats();
console.log('emitted', emitted, 'wrong', values.wrongType);
${DONE}`,
    prints: ['emitted 1 wrong 0'],
  },
  {
    name: 'README.md: BullMQ, pg-boss, graphile-worker',
    needs: { server: 'postgres', address: 'postgres://localhost/shop' },
    harness: `const { makeWorkerUtils } = await import('graphile-worker');
const utils = tasks.utils(await makeWorkerUtils({ connectionString }));
await utils.addJob('mail', {});
const { setTimeout: pause } = await import('node:timers/promises');
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
    name: 'README.md: Your queue, observed',
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
    name: 'README.md: Your queue, observed 2',
    harness: `console.log('id', await add(async () => 'from-the-store'));
${DONE}`,
    prints: ['id from-the-store'],
  },
  {
    name: 'README.md: Routes',
    harness: `box.emit(PAID, { user: 'u-1', amount: 20_000 });
await box.forceFlush({ timeoutMillis: 300 });
const { readFileSync } = await import('node:fs');
console.log('audit', JSON.parse(readFileSync('audit.jsonl', 'utf8')).user);
${DONE}`,
    prints: ['audit u-1', '"signal":"PAID"'],
  },
  {
    name: 'README.md: Destinations',
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
    name: 'README.md: Nothing vanishes uncounted',
    harness: `console.log('complete', complete);\n${DONE}`,
    prints: ['complete true'],
  },
  {
    name: 'README.md: When a process ends',
    // The app listens itself, so the end is its own: it sees the last record and ends well.
    harness: `process.once('SIGTERM', () => setTimeout(() => { ${DONE} }, 500));
setInterval(() => {}, 1_000);
process.kill(process.pid, 'SIGTERM');`,
    prints: ['SIGTERM received'],
  },
  { name: 'README.md: Signals', harness: DONE },
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
    name: 'docs/doctor.md: In the app',
    harness: DONE,
    prints: ['logs: no LoggerProvider is registered; start an OpenTelemetry SDK with a log pipeline'],
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
];

/** Blocks that are run by a test which has what they need: of NestJS by test/engines/nest. */
export const RUN_ELSEWHERE: readonly string[] = ['docs/nest.md: NestJS'];
