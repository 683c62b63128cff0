// Sends the mails that the shop asks for. Ends on SIGTERM.
import { Worker } from 'bullmq';
import { pino } from 'pino';
import { bullmqJobs } from 'signalbox/bullmq';
import { box, stopTelemetry } from './telemetry.js';

export interface Mail {
  readonly to: string;
  readonly order: number;
}

const log = pino();
const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' };
const jobs = bullmqJobs(box, { types: ['receipt'] });
const worker = jobs.worker<Mail>(
  Worker,
  'mail',
  async (job) => {
    log.info({ order: job.data.order }, 'sends a mail');
    await send(job.data, job.attemptsMade);
  },
  { connection, concurrency: 2 },
);
worker.on('error', (error) => log.error(error));

/** Stands for a mail server that is down for a moment at every third order. */
async function send({ order }: Mail, attemptsMade: number): Promise<void> {
  await new Promise((done) => setTimeout(done, 20));
  if (order % 3 === 0 && attemptsMade === 0) throw new Error('the mail server is down');
}

process.once('SIGTERM', async () => {
  await worker.close();
  await stopTelemetry();
  process.exit(0);
});
