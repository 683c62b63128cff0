import { Queue, Worker } from 'bullmq';
import type { Logger } from 'pino';

export interface Mail {
  readonly to: string;
  readonly order: number;
}

export function createMail(connection: { url: string }, log: Logger) {
  const queue = new Queue<Mail>('mail', { connection });
  const worker = new Worker<Mail>(
    'mail',
    async (job) => {
      log.info({ order: job.data.order }, 'sends a mail');
      await send(job.data, job.attemptsMade);
    },
    { connection, concurrency: 2 },
  );
  worker.on('error', (error) => log.error(error));
  return { queue, worker };
}

/** Stands for a mail server that is down for a moment at every third order. */
async function send({ order }: Mail, attemptsMade: number): Promise<void> {
  await new Promise((done) => setTimeout(done, 20));
  if (order % 3 === 0 && attemptsMade === 0) throw new Error('the mail server is down');
}
