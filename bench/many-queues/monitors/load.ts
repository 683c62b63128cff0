import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';

/** What the monitors of some queues ask of a store, a minute. */
export interface Load {
  readonly engine: string;
  readonly queues: number;
  /** What the store's clients send. */
  readonly queries: number;
  /** That the server spends on them: CPU of Redis, time in statements of PostgreSQL. */
  readonly millis: number;
  /** CPU of the process that has the monitors. */
  readonly ownMillis: number;
  /** The most that one moment has: sent within 100 ms. */
  readonly burst: number;
}

/** A box as an app has it: metrics are collected once a minute, and go nowhere. */
export function createBox(): Signalbox {
  const metrics = {
    export: (_: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  return createSignalbox({
    destinations: {
      nowhere: exporters({ metrics: metrics as never, metricExport: { intervalMillis: 60_000 } }),
    },
    otherTelemetry: 'nowhere',
  });
}

/** Counts what is sent, and how much of it at once. */
export class Counter {
  count = 0;
  burst = 0;
  #slot = 0;
  #inSlot = 0;

  add(): void {
    this.count++;
    const slot = Math.floor(performance.now() / 100);
    this.#inSlot = slot === this.#slot ? this.#inSlot + 1 : 1;
    this.#slot = slot;
    this.burst = Math.max(this.burst, this.#inSlot);
  }

  clear(): void {
    this.count = 0;
    this.burst = 0;
  }
}

/** Watches for so many minutes what `spent()` (milliseconds of the server) and the counter become. */
export async function watch(
  about: Pick<Load, 'engine' | 'queues'>,
  minutes: number,
  counter: Counter,
  spent: () => Promise<number>,
): Promise<Load> {
  const before = await spent();
  counter.clear();
  const own = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
  const { user, system } = process.cpuUsage(own);
  const { count, burst } = counter;
  const after = await spent();
  return {
    ...about,
    ...{ queries: count / minutes, burst, ownMillis: (user + system) / 1000 / minutes },
    millis: (after - before) / minutes,
  };
}
