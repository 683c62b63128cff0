// A shop that takes orders and has a mail sent for each: POST /orders, GET /health. Ends on SIGTERM.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import type { Mail } from './mail-worker.js';
import { stopTelemetry } from './telemetry.js';

const log = pino();
const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' };
const queue = new Queue<Mail>('mail', { connection });
let orders = 0;

const server = createServer(async (request, response) => {
  if (request.method !== 'POST') return void response.end('ok');
  const order = ++orders;
  await queue.add('receipt', { to: 'ann@example.com', order }, { attempts: 3, backoff: 100 });
  log.info({ order }, 'took an order');
  response.writeHead(201).end(String(order));
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  log.info({ port: (server.address() as AddressInfo).port }, 'the shop is open');
});

process.once('SIGTERM', async () => {
  server.close();
  await queue.close();
  await stopTelemetry();
  process.exit(0);
});
