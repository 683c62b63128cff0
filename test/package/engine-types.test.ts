import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Line } from '../engines/conformance/setting.js';
import { installed } from '../engines/lines/line.js';
import { complaints } from './support/compile.js';
import { packed } from './support/packed.js';

const { root, work, folder } = packed();

/** What an app does with its own release of BullMQ at each door. */
const BULLMQ = `
import * as bullmq from 'bullmq';
import type { Job } from 'bullmq';
import { FlowProducer, Queue, Worker } from 'bullmq';
import { createSignalbox } from 'signalbox';
import { bullmqJobs, observeClasses } from 'signalbox/bullmq';
import { BullMQInstrumentation } from 'signalbox/instrumentation';

interface Mail { readonly to: string }
type IsAny<T> = 0 extends 1 & T ? true : false;

const box = createSignalbox();
const jobs = bullmqJobs(box);
const connection = { host: '127.0.0.1' };
const queue = jobs.queue(new Queue<Mail>('mail', { connection }));
void queue.add('welcome', { to: 'ada' });
// @ts-expect-error: its jobs are mails.
void queue.add('welcome', { from: 'ada' });
void jobs.flowProducer(new FlowProducer({ connection })).add({ name: 'welcome', queueName: 'mail' });
const byClass = jobs.worker(Worker, 'mail', async (job: Job<Mail, string>) => job.data.to, { connection });
const isTyped: IsAny<typeof byClass> = false;
const own: Worker<Mail, string> = byClass;
const byMaker = jobs.worker<Mail, string>(
  async (job) => job.data.to,
  (processor) => new Worker<Mail, string>('mail', processor, { connection }),
);
const asToo: Worker<Mail, string> = byMaker;
// @ts-expect-error: no such option.
jobs.worker(Worker, 'mail', async () => undefined, { connection, concurency: 5 });
jobs.worker('./file.js', (file) => new Worker('mail', file, { connection }));
const asked: Worker = jobs.worker(null, () => new Worker('mail', null, { connection }));
jobs.monitor(queue).stop();
const classes = jobs.classes(bullmq);
const observed: Queue<Mail> = new classes.Queue<Mail>('mail', { connection });
observeClasses(box, { Queue, Worker, FlowProducer })();
new BullMQInstrumentation(box).disable();
export { asToo, asked, isTyped, observed, own };
`;

const LINES: readonly (readonly [line: Line, engine: string, program: string])[] = [
  ['bullmq-5.34', 'bullmq', BULLMQ],
  ['bullmq-5.81', 'bullmq', BULLMQ],
];

describe('types - of an app with an older release of an engine', () => {
  test.each(LINES)('types - are read without an error beside %s', async (line, engine, program) => {
    const app = join(work, 'engine-types', line);
    rmSync(app, { recursive: true, force: true });
    mkdirSync(join(app, 'node_modules'), { recursive: true });
    writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }');
    cpSync(folder, join(app, 'node_modules/signalbox'), { recursive: true });
    const links = [
      ...['@opentelemetry', '@types'].map((name) => [name, join(root, 'node_modules', name)] as const),
      [engine, join(await installed(line), 'node_modules', engine)] as const,
    ];
    for (const [name, to] of links) {
      const at = join(app, 'node_modules', name);
      mkdirSync(dirname(at), { recursive: true });
      symlinkSync(to, at);
    }
    const file = join(app, 'program.mts');
    writeFileSync(file, program);
    expect(complaints({ compiler: 'typescript', options: { module: 'nodenext' }, file })).toEqual([]);
  });
});
