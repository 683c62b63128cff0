// The example's queue in memory, producer and workers in one process, until its standard input ends.
import { createJobs } from 'signalbox/jobs';
import { JobQueue } from '../../../examples/job-queue/queue/index.js';
import type { Fact } from '../facts.js';
import { moment } from '../facts.js';
import { Notes } from '../notes.js';
import type { Plan } from '../plan.js';
import { MAX_ATTEMPTS, planJobs, QUEUE } from '../plan.js';
import { handlerOf } from './handler.js';
import { noteLateness } from './note-lateness.js';
import { filesOf, readOrder } from './order.js';
import { startTelemetry } from './telemetry.js';

const order = readOrder();
const ledger = new Notes<Fact>(filesOf(order.directory, order.name).ledger);
noteLateness(ledger);
const telemetry = startTelemetry(order);
const queue = new JobQueue({
  telemetry: createJobs(telemetry.box).queue(QUEUE, { types: [QUEUE], capacity: 1000 }),
  capacity: 1000,
  workers: 4,
  backoffMillis: () => 500,
  monitor: { intervalMillis: 1000 },
});
const handle = handlerOf(ledger);
queue.register({
  type: QUEUE,
  process: ({ id, attempt, payload }) => handle({ id, number: attempt, plan: payload as Plan }),
});
queue.start();
console.log('ready');

let ended = false;
process.stdin.resume();
process.stdin.once('end', () => {
  ended = true;
});
for (const plan of planJobs(order.jobs, order.seed)) {
  if (ended) break;
  ledger.write({ fact: 'ask', key: plan.key, ...moment() });
  queue.enqueue({ id: plan.key, type: QUEUE, payload: plan, maxAttempts: MAX_ATTEMPTS });
  ledger.write({ fact: 'accepted', key: plan.key, id: plan.key, ...moment() });
  await new Promise((resolve) => setTimeout(resolve, 1000 / order.rate));
}
while (!ended) await new Promise((resolve) => setTimeout(resolve, 50));
await queue.shutdown({ timeoutMillis: 5000 });
await telemetry.shutdown();
process.exit(0);
