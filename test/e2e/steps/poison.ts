import type { Received } from '../../support/otlp-model.js';
import { readOtlp } from '../../support/otlp-model.js';
import type { Receiver } from '../receive/receiver.js';
import { startReceiver } from '../receive/receiver.js';
import { settle } from '../settle.js';
import type { Stack } from '../stack/stack.js';
import { startStack } from '../stack/start.js';
import { startNode } from '../subjects/child.js';
import type { Protocol } from '../subjects/poison-exporters.js';
import { protocols } from '../subjects/poison-exporters.js';
import type { PoisonKind, Told } from '../subjects/poison-told.js';
import { ITEMS, ownKinds } from '../subjects/poison-told.js';
import type { PoisonRun } from './poisoned.js';
import { compareOwn, compareSignals, sentOf } from './poisoned.js';
import type { Step } from './step.js';

const RUN_MILLIS = 60_000;
const ARRIVAL_MILLIS = 15_000;

export const poison: Step = {
  name: 'poison',
  shows: `of ${ITEMS} things only what no request can carry is lost, and counted`,
  async run({ say }) {
    const receiver = await startReceiver();
    let stack: Stack | undefined;
    try {
      // A collector of its own, also where the others run in containers: its backends are here.
      const env = {
        JAEGER_ENDPOINT: receiver.url,
        PROMETHEUS_ENDPOINT: receiver.url,
        LOKI_ENDPOINT: receiver.url,
      };
      stack = await startStack({ name: 'poison', services: ['collector'], env, say });
      const mismatches: string[] = [];
      for (const protocol of protocols)
        mismatches.push(...(await judge(stack, receiver, protocol, 'signals', compareSignals)));
      // By protobuf OpenTelemetry's exporters send something else in its place, and nothing is refused.
      for (const kind of ownKinds) {
        let requests = 0;
        const found = await judge(stack, receiver, 'json', kind, (run) => {
          requests = sentOf(run, kind);
          return compareOwn(run, kind);
        });
        say(`${kind} among ${ITEMS}: ${requests} requests`);
        mismatches.push(...found);
      }
      mismatches.push(...receiver.complaints.map((text) => `the collector sent ${text}`));
      return { jobs: 0, mismatches };
    } finally {
      await stack?.stop();
      await receiver.close();
    }
  },
};

async function judge(
  stack: Stack,
  receiver: Receiver,
  protocol: Protocol,
  kind: PoisonKind,
  compare: (run: PoisonRun) => readonly string[],
): Promise<string[]> {
  const service = `poison ${kind} by ${protocol}`;
  const url = protocol === 'grpc' ? `http://${stack.otlpGrpc}` : stack.otlp;
  const fromMillis = Date.now();
  const args = ['test/e2e/subjects/poison.ts', url, protocol, kind];
  const printed = await startNode(args, { OTEL_SERVICE_NAME: service }, RUN_MILLIS).ended;
  const told = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Told;
  const toMillis = Date.now();
  const amiss = await settle(ARRIVAL_MILLIS, async () => {
    return compare({ told, received: of(service, readOtlp(receiver.requests)), fromMillis, toMillis });
  });
  return amiss.map((text) => `${kind} by ${protocol}: ${text}`);
}

/** What came of one service, without what the collector made of its spans. */
function of(service: string, { spans, logs, series }: Received): Received {
  const isOf = (one: { service: unknown }): boolean => one.service === service;
  return {
    spans: spans.filter(isOf),
    logs: logs.filter(isOf),
    series: series.filter((one) => isOf(one) && one.metric.startsWith('item.')),
  };
}
