// A process that puts all jobs in when it is told to, each until its engine has taken it; frees what killed workers held when it is told; ends with its
// standard input.
import { createInterface } from 'node:readline';
import { engines } from '../engines/index.js';
import type { Fact } from '../facts.js';
import { moment } from '../facts.js';
import { Notes } from '../notes.js';
import { planJobs } from '../plan.js';
import { filesOf, readOrder } from './order.js';
import { startTelemetry } from './telemetry.js';
import { workNotes } from './work-notes.js';

const AT_ONCE = 20;
const AGAIN_MILLIS = 250;
const TRIES = 400;

const order = readOrder();
const ledger = new Notes<Fact>(filesOf(order.directory, order.name).ledger);
const telemetry = startTelemetry(order);
const engine = engines[order.engine];
const producing = await engine.produce(telemetry.box, order.store, workNotes(ledger));
console.log('ready');

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

const plans = planJobs(order.jobs, order.seed);
let began = Number.POSITIVE_INFINITY;
let next = 0;
async function produce(): Promise<void> {
  for (;;) {
    const i = next++;
    const plan = plans[i];
    if (plan === undefined) return;
    await pause(began + (i * 1000) / order.rate - Date.now());
    for (let tries = 1; ; tries++) {
      ledger.write({ fact: 'ask', key: plan.key, ...moment() });
      try {
        const id = await producing.add(plan);
        ledger.write({ fact: 'accepted', key: plan.key, id, ...moment() });
        break;
      } catch (error) {
        ledger.write({
          fact: 'refused',
          key: plan.key,
          error: String(error).slice(0, 200),
          at: Date.now(),
        });
        if (tries >= TRIES) throw error;
        await pause(AGAIN_MILLIS);
      }
    }
  }
}

let go: () => void = () => undefined;
const told = new Promise<void>((resolve) => {
  go = resolve;
});
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [command, holders = ''] = line.split(' ');
  if (command === 'go') go();
  if (command !== 'free') return;
  // Whoever frees them tries again while the store is down.
  const free = async (): Promise<void> => {
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        return await producing.free(holders.split(','));
      } catch {
        await pause(AGAIN_MILLIS);
      }
    }
  };
  void free();
});
lines.once('close', async () => {
  await producing.close();
  await telemetry.shutdown();
  process.exit(0);
});

await told;
began = Date.now();
await Promise.all(Array.from({ length: AT_ONCE }, produce));
console.log('produced');
