// Watches queues and works, through the app's own SDK, as lines of its standard input say: `gone-gauges.ts URL`. Each is answered by `done`
// and the time, or by what went wrong.
import { createInterface } from 'node:readline';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { Queue } from 'bullmq';
import { createSignalbox } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
import type { Attempt, Depth, Monitor } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { nodeSdk } from 'signalbox/sdk';

const INTERVAL_MILLIS = 1000;

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('usage: gone-gauges.ts URL');

const box = createSignalbox();
const exporter = new OTLPMetricExporter({ url: `${url}/v1/metrics` });
const reader = new PeriodicExportingMetricReader({
  exporter,
  exportIntervalMillis: INTERVAL_MILLIS,
  exportTimeoutMillis: INTERVAL_MILLIS,
});
new NodeSDK(nodeSdk(box, { spanProcessors: [], logRecordProcessors: [], metricReaders: [reader] })).start();
const jobs = createJobs(box);
const monitors = new Map<string, Monitor>();
const attempts = new Map<string, Attempt>();
const down = new Set<string>();

const commands: Readonly<Record<string, (queue: string, ...rest: string[]) => unknown>> = {
  /** `watch QUEUE JOBS AGE`: of which there is one more at each look. */
  watch: (name, waiting, ageMillis) => {
    let jobsNow = Number(waiting);
    const unlessDown = <T>(value: T): T => {
      if (down.has(name)) throw new Error('the store is down');
      return value;
    };
    const depth = (): Depth => unlessDown({ waiting: jobsNow++ });
    const oldestAgeMillis = async () => unlessDown(Number(ageMillis));
    monitors.set(name, jobs.queue(name).monitor({ depth, oldestAgeMillis }));
  },
  /** `watch-redis QUEUE PORT`: a queue of BullMQ's, with five jobs. */
  'watch-redis': async (name, port) => {
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port: Number(port) } });
    queue.on('error', () => undefined);
    for (let i = 0; i < 5; i++) await queue.add('job', {});
    monitors.set(name, bullmqJobs(box).monitor(queue));
  },
  unwatch: (name) => monitors.get(name)?.stop(),
  down: (name) => down.add(name),
  up: (name) => down.delete(name),
  'start-worker': (name) => jobs.queue(name).worker('w', { slots: 2 }).started(),
  'stop-worker': (name) => jobs.queue(name).worker('w').stopped(),
  attempt: (name) => attempts.set(name, jobs.queue(name).attempt({ job: { id: '1' }, number: 1 })),
  complete: (name) => attempts.get(name)?.completed(),
  shutdown: () => box.shutdown(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', name = '', ...rest] = line.split(' ');
  try {
    const run = commands[command];
    if (!run) throw new Error(`there is no command '${command}'`);
    await run(name, ...rest);
    console.log(`done ${Date.now()}`);
  } catch (error) {
    console.log(`failed: ${String(error)}`);
  }
}
