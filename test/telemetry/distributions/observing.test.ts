import type { Attributes, ObservableCallback } from '@opentelemetry/api';
import { metrics } from '@opentelemetry/api';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { KeptMetrics } from '../../sdk/helpers.js';
import { resetOtel, startOtel } from '../../support/otel.js';

afterEach(resetOtel);

/** A reader that calls callbacks and waits for no promise, as dd-trace's. */
class ImpatientReader {
  readonly #callbacks = new Map<string, ObservableCallback[]>();

  register(): this {
    const instrument = { add() {}, record() {} };
    const make = (): typeof instrument => instrument;
    const observable = (name: string): object => ({
      addCallback: (callback: ObservableCallback) => {
        this.#callbacks.set(name, [...(this.#callbacks.get(name) ?? []), callback]);
      },
      removeCallback: (callback: ObservableCallback) => {
        this.#callbacks.set(
          name,
          (this.#callbacks.get(name) ?? []).filter((other) => other !== callback),
        );
      },
    });
    const meter = {
      createCounter: make,
      createUpDownCounter: make,
      createGauge: make,
      createHistogram: make,
      createObservableGauge: observable,
      createObservableCounter: observable,
      createObservableUpDownCounter: observable,
    };
    const meters = new Map<string, object>();
    metrics.setGlobalMeterProvider({
      getMeter: (name: string) => {
        if (!meters.has(name)) meters.set(name, { ...meter });
        return meters.get(name) as never;
      },
    });
    return this;
  }

  /** What is there when the callbacks have returned, and what they return. */
  collect(name: string): { readonly values: number[]; readonly returned: unknown[]; all(): number[] } {
    const got: number[] = [];
    const result = { observe: (value: number, _attributes?: Attributes) => void got.push(value) };
    const returned = (this.#callbacks.get(name) ?? []).map((callback) => callback(result) as unknown);
    return { values: [...got], returned, all: () => got };
  }
}

function watched(depth: () => { waiting: number } | Promise<{ waiting: number }>, name = 'mail'): Signalbox {
  const box = createSignalbox();
  createJobs(box).queue(name, { capacity: 10 }).monitor({ depth });
  return box;
}

describe('a reader that waits for no promise', () => {
  test('gauges and counters - are there when the callback has returned, and nothing is promised', () => {
    const reader = new ImpatientReader().register();
    const box = watched(() => ({ waiting: 3 }));
    box.info('seen');
    const queue = createJobs(box).queue('mail');
    const worker = queue.worker('w');
    const attempt = queue.attempt({ job: { id: '1' }, number: 1, worker });
    for (const [name, values] of [
      ['queue.jobs', [3]],
      ['queue.capacity', [10]],
      ['job.active', [1]],
      ['worker.count', [1, 0]],
    ] as const) {
      const got = reader.collect(name);
      expect([name, got.values]).toEqual([name, values]);
      expect(got.returned).toEqual([undefined]);
    }
    expect(reader.collect('job.oldest_active.age').values).toHaveLength(1);
    expect(reader.collect('signalbox.items').values.length).toBeGreaterThan(0);
    attempt.completed();
  });

  test('two boxes on one meter - are added up at once', () => {
    const reader = new ImpatientReader().register();
    for (const box of [watched(() => ({ waiting: 3 })), watched(() => ({ waiting: 5 }))])
      createJobs(box)
        .queue('mail')
        .attempt({ job: { id: '1' }, number: 1 });
    expect(reader.collect('job.active').values).toEqual([2]);
    expect(reader.collect('queue.jobs').values).toEqual([5]);
  });

  test('a counter - goes on where it was for a box that comes when all others have gone', async () => {
    const reader = new ImpatientReader().register();
    const box = createSignalbox();
    for (let i = 0; i < 5; i++) box.info('seen');
    const before = Math.max(...reader.collect('signalbox.items').values);
    await box.shutdown();
    const after = createSignalbox();
    after.info('seen');
    expect(before).toBe(5);
    expect(Math.max(...reader.collect('signalbox.items').values)).toBe(6);
  });

  test('a queue that has to be asked - costs no other its number, and is told once when it has answered', async () => {
    const reader = new ImpatientReader().register();
    const box = watched(() => ({ waiting: 3 }));
    createJobs(box)
      .queue('slow')
      .monitor({ depth: () => Promise.resolve({ waiting: 7 }) });
    const got = reader.collect('queue.jobs');
    expect(got.values).toEqual([3]);
    await Promise.all(got.returned);
    expect(got.all()).toEqual([3, 7]);
  });

  test('a queue that throws - costs no other its number, and the app nothing', () => {
    const reader = new ImpatientReader().register();
    const box = watched(() => {
      throw new Error('no');
    });
    createJobs(box)
      .queue('well')
      .monitor({ depth: () => ({ waiting: 7 }) });
    const got = reader.collect('queue.jobs');
    expect(got.values).toEqual([7]);
    expect(got.returned).toEqual([undefined]);
  });
});

describe('a reader that waits', () => {
  test('what has to be asked for - arrives beside what has not, and each series once', async () => {
    const otel = startOtel();
    const box = watched(() => ({ waiting: 3 }));
    createJobs(box)
      .queue('slow')
      .monitor({ depth: () => Promise.resolve({ waiting: 7 }) });
    const points = await otel.points('queue.jobs');
    expect(points.map((point) => point.value).sort()).toEqual([3, 7]);
  });

  test('two boxes of which one has to be asked - the sum is whole', async () => {
    const otel = startOtel();
    watched(() => ({ waiting: 3 }));
    watched(() => Promise.resolve({ waiting: 5 }));
    expect((await otel.points('queue.jobs')).map((point) => point.value)).toEqual([5]);
  });

  test("a destination's own metrics - have both too", async () => {
    const kept = new KeptMetrics();
    const box = createSignalbox({
      destinations: { kept: exporters({ metrics: kept }) },
      otherTelemetry: 'kept',
    });
    const jobs = createJobs(box);
    jobs.queue('mail').monitor({ depth: () => ({ waiting: 3 }) });
    jobs.queue('slow').monitor({ depth: () => Promise.resolve({ waiting: 7 }) });
    await box.forceFlush();
    const values = kept.points('queue.jobs').map((point) => point.value);
    expect(values.sort()).toEqual([3, 7]);
    await box.shutdown();
  });
});
