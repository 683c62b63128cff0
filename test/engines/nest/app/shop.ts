import 'reflect-metadata';
import {
  BullModule,
  getFlowProducerToken,
  getQueueToken,
  InjectQueue,
  OnWorkerEvent,
  Processor,
  WorkerHost,
} from '@nestjs/bullmq';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as bullmq from 'bullmq';

const heard: string[] = [];
let done: () => void;
const allDone = new Promise<void>((resolve) => {
  done = resolve;
});

@Processor('mail')
class MailProcessor extends WorkerHost {
  async process(job: bullmq.Job): Promise<string> {
    if (job.name === 'flaky' && job.attemptsMade === 0) throw new Error('not now');
    return `sent ${job.name}`;
  }

  @OnWorkerEvent('completed')
  completed(job: bullmq.Job): void {
    heard.push(job.name);
    if (heard.length === 4) done();
  }
}

@Injectable()
class Orders {
  @InjectQueue('mail') readonly mail!: bullmq.Queue;

  async place(): Promise<void> {
    await this.mail.add('welcome', { to: 'ada' });
    await this.mail.add('flaky', { to: 'bob' }, { attempts: 2, backoff: 10 });
  }
}

@Module({
  imports: [
    BullModule.forRoot({ connection: { url: process.env.ADDRESS, maxRetriesPerRequest: null } }),
    BullModule.registerQueue({ name: 'mail' }),
    BullModule.registerFlowProducer({ name: 'flows' }),
  ],
  providers: [MailProcessor, Orders],
})
class Shop {}

const app = await NestFactory.createApplicationContext(Shop, { logger: false });
const flows: bullmq.FlowProducer = app.get(getFlowProducerToken('flows'));
const { worker } = app.get(MailProcessor);
await app.get(Orders).place();
await flows.add({
  name: 'receipt',
  queueName: 'mail',
  children: [{ name: 'invoice', queueName: 'mail' }],
});
await allDone;
await app.close();
console.log(
  `SHOP ${JSON.stringify({
    heard: heard.sort(),
    are: [
      app.get(getQueueToken('mail')) instanceof bullmq.Queue,
      worker instanceof bullmq.Worker,
      flows instanceof bullmq.FlowProducer,
    ],
  })}`,
);
await globalThis.tell();
