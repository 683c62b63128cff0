import { startRedis } from '../../engines/support/redis.js';
import { MAIL_WORKER, playShop, SHOP } from '../../support/shop.js';
import { ask } from '../read/ask.js';
import type { JaegerAnswer, JaegerTrace } from '../read/jaeger.js';
import { settle } from '../settle.js';
import { startNode } from '../subjects/child.js';
import type { Step } from './step.js';

const ORDERS = 4;
/** So few that none is withdrawn. */
const JOBS = 8;
const RUN_MILLIS = 60_000;
const ARRIVAL_MILLIS = 60_000;
const HOUR_MILLIS = 3_600_000;

/** A service that enqueues and one that works. */
interface Pair {
  readonly producer: string;
  readonly worker: string;
  /** What finds their traces. */
  readonly search: Readonly<Record<string, string>>;
  readonly traces: number;
}

const DROP_IN: Pair = {
  producer: SHOP,
  worker: MAIL_WORKER,
  search: { operation: 'enqueue receipt' },
  traces: ORDERS,
};
const EXAMPLE: Pair = { producer: 'apart', worker: 'apart-worker', search: {}, traces: JOBS };

/** An arrow of System Architecture. */
interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

export const twoServices: Step = {
  name: 'two-services',
  shows:
    'the drop-in, and the example with --apart, are two services in Jaeger: each job is one trace through both, and System Architecture has the arrow',
  async run({ stack }) {
    const redis = await startRedis();
    try {
      await playShop('after', { redis: redis.url, otlp: stack.otlp, orders: ORDERS, sends: ORDERS + 1 });
      await playApart(redis.url, stack.otlp);
    } finally {
      await redis.stop();
    }
    const mismatches = await settle(ARRIVAL_MILLIS, async () => [
      ...(await amiss(stack.jaeger, DROP_IN)),
      ...(await amiss(stack.jaeger, EXAMPLE)),
    ]);
    return { jobs: 0, mismatches };
  },
};

async function playApart(redis: string, otlp: string): Promise<void> {
  const flags = ['--engine', 'bullmq', '--apart', '--jobs', String(JOBS), '--speed', '60', '--otlp', otlp];
  const env = { OTEL_SERVICE_NAME: EXAMPLE.producer, REDIS_URL: redis };
  await startNode(['examples/job-queue/main.ts', ...flags], env, RUN_MILLIS).ended;
}

async function amiss(jaeger: string, pair: Pair): Promise<string[]> {
  return [...(await tracesAmiss(jaeger, pair)), ...(await arrowsAmiss(jaeger, pair))];
}

async function tracesAmiss(jaeger: string, { producer, worker, search, traces }: Pair): Promise<string[]> {
  const { data } = await ask<JaegerAnswer>(`${jaeger}/api/traces`, { service: producer, ...search });
  const through = data.filter(
    (trace) => isServiceOf(trace, 'enqueue ', producer) && isServiceOf(trace, 'process ', worker),
  );
  return through.length === traces
    ? []
    : [`${through.length} of ${traces} jobs of ${producer} are traces through it and ${worker}`];
}

/** Whether a trace has spans that are called so, and all of them are this service's. */
function isServiceOf({ spans, processes }: JaegerTrace, called: string, service: string): boolean {
  const found = spans.filter(({ operationName }) => operationName.startsWith(called));
  return found.length > 0 && found.every(({ processID }) => processes[processID]?.serviceName === service);
}

async function arrowsAmiss(jaeger: string, { producer, worker }: Pair): Promise<string[]> {
  const range = { endTs: String(Date.now()), lookback: String(HOUR_MILLIS) };
  const { data } = await ask<{ data: Dependency[] }>(`${jaeger}/api/dependencies`, range);
  const arrow = data.find(({ parent, child }) => parent === producer && child === worker);
  return arrow === undefined || arrow.callCount === 0 ? [`no arrow leads from ${producer} to ${worker}`] : [];
}
