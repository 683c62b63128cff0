import { askLoki, readLoki } from '../read/loki.js';
import { settle } from '../settle.js';
import { startNode } from '../subjects/child.js';
import type { Step } from './step.js';

const MESSAGES = 5000;
/** So many of them must share a millisecond, or the step shows nothing. */
const AT_ONCE = 20;
const RUN_MILLIS = 60_000;
const ARRIVAL_MILLIS = 60_000;

export const equalMessages: Step = {
  name: 'equal-messages',
  shows: 'of many equal messages in one millisecond Loki takes none for a duplicate',
  async run({ stack, say }) {
    const instance = `equal-${process.pid}-${Date.now()}`;
    const fromMillis = Date.now() - 1000;
    const child = startNode(
      ['test/e2e/subjects/equal-messages.ts', stack.otlp, String(MESSAGES)],
      { OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}` },
      RUN_MILLIS,
    );
    const undelivered = (await child.ended).trim();
    const mismatches: string[] = undelivered === '{}' ? [] : [`not everything was delivered: ${undelivered}`];
    const key = { service: 'equal-messages', instance, fromMillis, toMillis: Date.now() + 1000 };
    let most = 0;
    const amiss = await settle(ARRIVAL_MILLIS, async () => {
      const logs = readLoki(await askLoki(stack.loki, key));
      const sayings = new Set(
        logs.map(({ eventName, body, attributes }) => JSON.stringify([eventName, body, attributes])),
      );
      const millis = new Map<string, number>();
      for (const { time } of logs) millis.set(time.slice(0, -6), (millis.get(time.slice(0, -6)) ?? 0) + 1);
      most = Math.max(0, ...millis.values());
      return [
        ...(logs.length === MESSAGES ? [] : [`Loki has ${logs.length} of ${MESSAGES} equal messages`]),
        ...(sayings.size <= 1
          ? []
          : [`the messages are not equal: ${[...sayings].slice(0, 2).join(' and ')}`]),
      ];
    });
    mismatches.push(...amiss);
    if (most < AT_ONCE) mismatches.push(`no more than ${most} messages shared a millisecond`);
    say(`${MESSAGES} equal messages, up to ${most} of them in one millisecond`);
    return { jobs: 0, mismatches };
  },
};
