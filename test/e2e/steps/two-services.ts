import { startRedis } from '../../engines/support/redis.js';
import { MAIL_WORKER, playShop, SHOP } from '../../support/shop.js';
import { ask } from '../read/ask.js';
import type { JaegerAnswer, JaegerTrace } from '../read/jaeger.js';
import { settle } from '../settle.js';
import type { Step } from './step.js';

const ORDERS = 4;
const ARRIVAL_MILLIS = 60_000;
const HOUR_MILLIS = 3_600_000;

/** An arrow of System Architecture. */
interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

export const twoServices: Step = {
  name: 'two-services',
  shows:
    'the drop-in is two services in Jaeger: each order is one trace through both, and System Architecture has the arrow',
  async run({ stack }) {
    const redis = await startRedis();
    try {
      await playShop('after', { redis: redis.url, otlp: stack.otlp, orders: ORDERS, sends: ORDERS + 1 });
    } finally {
      await redis.stop();
    }
    const mismatches = await settle(ARRIVAL_MILLIS, async () => [
      ...(await tracesAmiss(stack.jaeger)),
      ...(await arrowsAmiss(stack.jaeger)),
    ]);
    return { jobs: 0, mismatches };
  },
};

async function tracesAmiss(jaeger: string): Promise<string[]> {
  const search = { service: SHOP, operation: 'enqueue receipt' };
  const { data } = await ask<JaegerAnswer>(`${jaeger}/api/traces`, search);
  const through = data.filter((trace) => {
    const services = servicesOf(trace);
    return services.get('enqueue receipt') === SHOP && services.get('process receipt') === MAIL_WORKER;
  });
  return through.length === ORDERS
    ? []
    : [`${through.length} of ${ORDERS} orders are traces through both services`];
}

/** By the name of a span, whose it is. */
function servicesOf({ spans, processes }: JaegerTrace): Map<string, string | undefined> {
  return new Map(
    spans.map(({ operationName, processID }) => [operationName, processes[processID]?.serviceName]),
  );
}

async function arrowsAmiss(jaeger: string): Promise<string[]> {
  const range = { endTs: String(Date.now()), lookback: String(HOUR_MILLIS) };
  const { data } = await ask<{ data: Dependency[] }>(`${jaeger}/api/dependencies`, range);
  const arrow = data.find(({ parent, child }) => parent === SHOP && child === MAIL_WORKER);
  return arrow === undefined || arrow.callCount === 0
    ? ['no arrow leads from the shop to its mail worker']
    : [];
}
