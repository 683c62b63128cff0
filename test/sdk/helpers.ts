import type { Attributes } from '@opentelemetry/api';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { DataPoint, Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Channel } from '../../src/delivery/account.js';
import { Account } from '../../src/delivery/account.js';
import type { Connection, Deadline } from '../../src/delivery/destination.js';
import { newMark } from '../../src/delivery/loop-mark.js';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';

/** An exporter of logs, spans or metrics that keeps what it is given and answers at once. */
export class Kept<T> {
  readonly batches: T[] = [];
  readonly calls: string[] = [];
  readonly selectAggregationTemporality: () => number;

  /** `temporality` matters for metrics alone: 0 is delta, 1 cumulative. */
  constructor(temporality = 1) {
    this.selectAggregationTemporality = () => temporality;
  }

  export(batch: unknown, done: ExportCallback): void {
    this.calls.push('export');
    this.batches.push(batch as T);
    done({ code: 0 });
  }
  async forceFlush(): Promise<void> {
    this.calls.push('forceFlush');
  }
  async shutdown(): Promise<void> {
    this.calls.push('shutdown');
  }
}

export class KeptLogs extends Kept<readonly ReadableLogRecord[]> {
  get records(): ReadableLogRecord[] {
    return this.batches.flat();
  }
  /** Event names, or bodies of records that have none. */
  get names(): unknown[] {
    return this.records.map((record) => record.eventName ?? record.body);
  }
}

export class KeptSpans extends Kept<readonly ReadableSpan[]> {
  get spans(): ReadableSpan[] {
    return this.batches.flat();
  }
  get names(): string[] {
    return this.spans.map((span) => span.name).sort();
  }
}

export class KeptMetrics extends Kept<ResourceMetrics> {
  /** Everything that was ever exported of one metric. */
  of(name: string): MetricData[] {
    return this.batches
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((scope) => scope.metrics)
      .filter((metric) => metric.descriptor.name === name);
  }
  points(name: string): DataPoint<number | Histogram>[] {
    return this.of(name).flatMap(({ dataPoints }) => dataPoints as DataPoint<number | Histogram>[]);
  }
  get names(): string[] {
    const all = this.batches.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return [...new Set(all.map((metric) => metric.descriptor.name))].sort();
  }
  /** The points of one metric in all exports together, by labels: added up (of delta), or the last (of cumulative). */
  total(name: string, how: 'sum' | 'last'): Record<string, number> {
    const total: Record<string, number> = {};
    for (const { attributes, value } of this.points(name)) {
      const key = labelsOf(attributes);
      const n = typeof value === 'number' ? value : value.count;
      total[key] = how === 'sum' ? (total[key] ?? 0) + n : n;
    }
    return total;
  }
}

export function labelsOf(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(' ');
}

/** An exporter that never answers, and is never done with being flushed or closed. */
export class Dead {
  readonly calls: string[] = [];
  export(): void {
    this.calls.push('export');
  }
  forceFlush(): Promise<void> {
    this.calls.push('forceFlush');
    return new Promise(() => {});
  }
  shutdown(): Promise<void> {
    this.calls.push('shutdown');
    return new Promise(() => {});
  }
}

export interface TestConnection extends Connection {
  readonly accounts: ReadonlyMap<Channel, Account>;
  readonly told: { readonly key: string; readonly message: string; readonly error: unknown }[];
}

export function connectionOf(more: Partial<Connection> = {}): TestConnection {
  const accounts = new Map<Channel, Account>();
  const told: { key: string; message: string; error: unknown }[] = [];
  const shared = new Map<string, unknown>();
  return {
    name: 'collector',
    accounts,
    told,
    account: (channel) => {
      const account = accounts.get(channel) ?? new Account();
      accounts.set(channel, account);
      return account;
    },
    report: (key, message, error) => told.push({ key, message, error }),
    mark: (around) => newMark(around, accounts),
    inside: (fn) => fn(),
    home: (fn) => fn(),
    now: () => Date.now(),
    shared: <T>(key: string, make: () => T): T => {
      if (!shared.has(key)) shared.set(key, make());
      return shared.get(key) as T;
    },
    takesInstrument: () => true,
    resource: () => ({ attributes: {} }),
    ...more,
  };
}

/** A deadline that passes when the test says so. */
export function deadline(): Deadline & { pass(): void } {
  const controller = new AbortController();
  return { timeoutMillis: 1000, signal: controller.signal, pass: () => controller.abort() };
}

/** Lets everything run that waits for no timer, no input and no test. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>((done) => setImmediate(done));
}

export function withContexts(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}
