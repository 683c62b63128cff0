// A process that puts jobs in, works on them, and looks at itself; until so many minutes are over.
import type { EventEmitter } from 'node:events';
import type { Job } from 'bullmq';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { bullmqJobs } from 'signalbox/bullmq';
import { randomOf } from '../dice.js';
import { Notes } from '../notes.js';
import type { Plan } from '../plan.js';
import { MAX_ATTEMPTS, QUEUE } from '../plan.js';
import { Planned } from './handler.js';
import { filesOf, readOrder } from './order.js';
import type { SampleLine } from './sample.js';
import { takeSample } from './sample.js';
import { startTelemetry } from './telemetry.js';

const TICK_MILLIS = 50;
const BACKOFF_MILLIS = 500;
const DRAIN_MILLIS = 60_000;

interface SoakOrder extends ReturnType<typeof readOrder> {
  readonly minutes: number;
  readonly sampleMillis: number;
}

function connect(): Redis {
  return new Redis(order.store, { maxRetriesPerRequest: null });
}

const order = readOrder() as SoakOrder;
const { box, shutdown } = startTelemetry(order, { noted: false });
const samples = new Notes<SampleLine>(`${filesOf(order.directory, order.name).ledger}.samples`);
// Of its own, so that its listeners can be counted.
const connections = { queue: connect(), worker: connect() };
const jobs = bullmqJobs(box, { types: [QUEUE] });
const queue = jobs.queue(new Queue<Plan>(QUEUE, { connection: connections.queue }));
// The ledger: what its own code did, in numbers.
const ledger = { accepted: 0, returned: 0, threw: 0, retries: 0, abandoned: 0, refused: 0 };
const worker = jobs.worker(
  async (job: Job<Plan>) => {
    await new Promise((resolve) => setTimeout(resolve, job.data.takes));
    const number = job.attemptsMade + 1;
    if (number > job.data.fails) {
      ledger.returned++;
      return;
    }
    ledger.threw++;
    if (number < MAX_ATTEMPTS) ledger.retries++;
    else ledger.abandoned++;
    throw new Planned('was to fail');
  },
  (processor) => new Worker<Plan>(QUEUE, processor, { connection: connections.worker, concurrency: 50 }),
);
const monitor = jobs.monitor(queue, { intervalMillis: 5000 });
await worker.waitUntilReady();
const emitters: Record<string, EventEmitter> = {
  queue,
  worker,
  'the connection of queue': connections.queue,
  'the connection of worker': connections.worker,
};
console.log('ready');

const random = randomOf(order.seed);
const began = performance.now();
const until = began + order.minutes * 60_000;
let asked = 0;
let sampledAt = Number.NEGATIVE_INFINITY;
const adding = new Set<Promise<unknown>>();
const options = {
  attempts: MAX_ATTEMPTS,
  backoff: { type: 'fixed', delay: BACKOFF_MILLIS },
  removeOnComplete: 100,
  removeOnFail: 100,
};
while (performance.now() < until) {
  const due = ((performance.now() - began) * order.rate) / 1000;
  for (; asked < due; asked++) {
    const luck = random();
    const fails = luck < 0.02 ? MAX_ATTEMPTS : luck < 0.1 ? 1 : 0;
    const plan = { key: `key-${asked}`, fails, takes: Math.floor(random() * 10) };
    const added: Promise<unknown> = queue.add(QUEUE, plan, options).then(
      () => void ledger.accepted++,
      () => void ledger.refused++,
    );
    adding.add(added);
    void added.finally(() => adding.delete(added));
  }
  if (performance.now() - sampledAt >= order.sampleMillis) {
    samples.write(takeSample(box, emitters));
    sampledAt = performance.now();
  }
  await new Promise((resolve) => setTimeout(resolve, TICK_MILLIS));
}
await Promise.all(adding);
for (const late = performance.now() + DRAIN_MILLIS; performance.now() < late; ) {
  if (ledger.returned + ledger.abandoned >= ledger.accepted) break;
  await new Promise((resolve) => setTimeout(resolve, TICK_MILLIS));
}
monitor.stop();
await worker.close();
await queue.close();
connections.queue.disconnect();
connections.worker.disconnect();
await shutdown();
console.log(JSON.stringify({ ledger, stats: box.stats(), seconds: (performance.now() - began) / 1000 }));
console.log('over');
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
