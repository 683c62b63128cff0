import type { Attributes } from '@opentelemetry/api';
import { metrics } from '@opentelemetry/api';
import type { DataPoint, IAttributesProcessor, MetricData, ViewOptions } from '@opentelemetry/sdk-metrics';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import * as fc from 'fast-check';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel } from '../support/otel.js';

afterEach(resetOtel);

const SOLD = defineSignal('TICKET_SOLD', {
  fields: { line: field.string(), seats: field.int(), ref: field.id() },
  metrics: [
    { type: 'counter', name: 'ticket.sold', by: ['line'] },
    { type: 'counter', name: 'ticket.seats', of: 'seats', by: ['line'] },
    { type: 'upDownCounter', name: 'ticket.balance', of: 'seats' },
    { type: 'histogram', name: 'ticket.size', of: 'seats' },
  ],
});

const COUNTED = defineSignal('TICKET_COUNTED', {
  fields: { line: field.string() },
  metrics: [{ type: 'counter', name: 'ticket.counted', by: ['line'] }],
});

const { CUMULATIVE, DELTA } = AggregationTemporality;

/** A reader that adds up what it collects, as a backend does. */
class Backend extends MetricReader {
  readonly #temporality: AggregationTemporality;
  readonly totals = new Map<string, number>();
  readonly collected: MetricData[] = [];

  constructor(temporality: AggregationTemporality) {
    super({ aggregationTemporalitySelector: () => temporality });
    this.#temporality = temporality;
  }

  async look(): Promise<void> {
    const { resourceMetrics } = await this.collect();
    for (const metric of resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) this.#add(metric);
  }

  #add(metric: MetricData): void {
    this.collected.push(metric);
    if (!isOurs(metric)) return;
    for (const point of metric.dataPoints) {
      if (typeof point.value !== 'number') continue;
      const key = keyOf(metric.descriptor.name, point.attributes);
      const before = this.#temporality === DELTA ? (this.totals.get(key) ?? 0) : 0;
      this.totals.set(key, before + point.value);
    }
  }

  protected override async onForceFlush(): Promise<void> {
    await this.look();
  }
  // The SDK's own readers collect once more there.
  protected override async onShutdown(): Promise<void> {
    await this.look();
  }
}

const isOurs = ({ descriptor }: MetricData): boolean => descriptor.name.startsWith('ticket.');

const keyOf = (name: string, { line = '' }: Attributes): string => `${name} ${String(line)}`;

class Sold {
  readonly totals = new Map<string, number>();

  emit(box: Signalbox, line: string, seats: number): void {
    box.emit(SOLD, { line, seats, ref: `${line}-${seats}` });
    this.#add('ticket.sold', { line }, 1);
    // The SDK takes no negative value of a counter.
    if (seats >= 0) this.#add('ticket.seats', { line }, seats);
    this.#add('ticket.balance', {}, seats);
  }

  #add(name: string, labels: Attributes, value: number): void {
    const key = keyOf(name, labels);
    this.totals.set(key, (this.totals.get(key) ?? 0) + value);
  }
}

function provide(readers: readonly MetricReader[], views: readonly ViewOptions[] = []): MeterProvider {
  const provider = new MeterProvider({ readers: [...readers], views: [...views] });
  metrics.disable();
  metrics.setGlobalMeterProvider(provider);
  return provider;
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ line: fc.constantFrom('U1', 'U2', 'S8'), seats: fc.integer({ min: -3, max: 9 }) }),
  },
  fc.constantFrom('first', 'second', 'both', 'stats', 'flush', 'replace'),
);

describe('counters that the SDK is given when it collects', () => {
  test('are exact for readers of both temporalities, apart and at once, with providers that come late and are replaced', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        metrics.disable();
        const box = createSignalbox();
        // Before there is an SDK nothing is measured.
        box.emit(SOLD, { line: 'early', seats: 1, ref: '' });
        let first = new Backend(CUMULATIVE);
        let second = new Backend(DELTA);
        let provider = provide([first, second]);
        let sold = new Sold();
        const check = async (): Promise<void> => {
          // Readers at a time: what the one has the SDK given is the other's too.
          await Promise.all([first.look(), second.look()]);
          expect(first.totals).toEqual(sold.totals);
          expect(second.totals).toEqual(sold.totals);
        };
        for (const one of steps) {
          if (typeof one === 'object') sold.emit(box, one.line, one.seats);
          else if (one === 'first') await first.look();
          else if (one === 'second') await second.look();
          else if (one === 'both') await check();
          else if (one === 'stats') box.stats();
          else if (one === 'flush') await box.forceFlush();
          else {
            const [readers, before, old] = [[first, second], sold, provider];
            [first, second, sold] = [new Backend(CUMULATIVE), new Backend(DELTA), new Sold()];
            provider = provide([first, second]);
            sold.emit(box, 'U1', 1);
            await old.shutdown();
            for (const reader of readers) expect(reader.totals).toEqual(before.totals);
          }
        }
        await check();
        const { routed, handedOver, dropped, queued } = box.stats().destinations.otel?.channels.metrics ?? {};
        expect(queued).toBe(0);
        expect(routed).toBe((handedOver ?? 0) + (dropped?.no_provider ?? 0));
        await box.shutdown();
      }),
      { numRuns: 60 },
    );
  });

  test('are added up: between two collections the SDK is given the first value of a series and one sum', async () => {
    const given: number[] = [];
    const watching: IAttributesProcessor = {
      process: (attributes) => {
        given.push(1);
        return attributes;
      },
    };
    const reader = new Backend(CUMULATIVE);
    provide([reader], [{ instrumentName: 'ticket.sold', attributesProcessors: [watching] }]);
    const box = createSignalbox();
    const sold = new Sold();
    sold.emit(box, 'U1', 1);
    await reader.look();
    given.length = 0;
    for (let i = 0; i < 100; i++) sold.emit(box, i % 2 === 0 ? 'U1' : 'U2', 1);
    expect(given).toHaveLength(2);
    await reader.look();
    expect(given).toHaveLength(4);
    expect(reader.totals).toEqual(sold.totals);
  });

  test('begin where the first of them was measured: no point ends before it starts', async () => {
    const [whole, parts] = [new Backend(CUMULATIVE), new Backend(DELTA)];
    provide([whole, parts]);
    const box = createSignalbox();
    const sold = new Sold();
    for (let round = 0; round < 3; round++) {
      for (const line of ['U1', 'U2']) sold.emit(box, `${line}-${round % 2}`, 1);
      const before = Date.now();
      while (Date.now() === before);
      for (const line of ['U1', 'U2']) sold.emit(box, `${line}-${round % 2}`, 1);
      await Promise.all([whole.look(), parts.look()]);
    }
    const collected = [...whole.collected, ...parts.collected].filter(isOurs);
    const points = collected.flatMap(({ dataPoints }): DataPoint<unknown>[] => [...dataPoints]);
    expect(points.length).toBeGreaterThan(20);
    for (const { startTime, endTime } of points)
      expect(startTime[0] * 1e9 + startTime[1]).toBeLessThan(endTime[0] * 1e9 + endTime[1]);
  });

  test('wait for no meter that has never asked an observable: each value is given at once', () => {
    const added: number[] = [];
    const instrument = { add: (value: number) => added.push(value), record() {}, addCallback() {} };
    const meter = new Proxy({}, { get: () => () => instrument });
    metrics.setGlobalMeterProvider({
      getMeter: (name: string) => ({ ...meter, name, ...makers() }),
    } as never);
    function makers(): object {
      const make = (): object => instrument;
      return {
        createCounter: make,
        createUpDownCounter: make,
        createHistogram: make,
        createObservableGauge: make,
        createObservableCounter: make,
      };
    }
    const box = createSignalbox();
    for (let i = 1; i <= 3; i++) box.emit(SOLD, { line: 'U1', seats: 10, ref: '' });
    expect(added).toEqual([1, 10, 10, 1, 10, 10, 1, 10, 10]);
  });

  test('reach the SDK when the box is shut down or switched off, and when the SDK is', async () => {
    for (const end of [
      (box: Signalbox) => box.shutdown(),
      (box: Signalbox) => box.disable(),
      (_box: Signalbox, provider: MeterProvider) => provider.shutdown(),
    ]) {
      const reader = new Backend(DELTA);
      const provider = provide([reader]);
      const box = createSignalbox();
      const sold = new Sold();
      await reader.look();
      for (let i = 0; i < 5; i++) sold.emit(box, 'U1', 2);
      await reader.look();
      for (let i = 0; i < 5; i++) sold.emit(box, 'U1', 2);
      await end(box, provider);
      await provider.shutdown();
      expect(reader.totals).toEqual(sold.totals);
      await box.shutdown();
    }
  });

  test('are in what a reader exports by itself, at its forceFlush() and at its end', async () => {
    const exporter = new InMemoryMetricExporter(DELTA);
    const provider = provide([
      new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 }),
    ]);
    const box = createSignalbox();
    const sold = new Sold();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 7; i++) sold.emit(box, 'U1', i);
      await provider.forceFlush();
    }
    for (let i = 0; i < 7; i++) sold.emit(box, 'U1', i);
    await box.forceFlush();
    const totals = new Map<string, number>();
    for (const metric of exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((s) => s.metrics))
      .filter(isOurs))
      for (const { attributes, value } of metric.dataPoints) {
        const key = keyOf(metric.descriptor.name, attributes);
        if (typeof value === 'number') totals.set(key, (totals.get(key) ?? 0) + value);
      }
    expect(totals).toEqual(sold.totals);
    await provider.shutdown();
  });

  test('add up no series beyond those whose labels are kept: each of the rest is given at once', async () => {
    const reader = new Backend(CUMULATIVE);
    provide([reader], [{ instrumentName: 'ticket.*', aggregationCardinalityLimit: 10_000 }]);
    const box = createSignalbox();
    await reader.look();
    const sold = new Sold();
    for (let round = 0; round < 2; round++) for (let i = 0; i < 2500; i++) sold.emit(box, `line-${i}`, 1);
    await reader.look();
    expect(reader.totals).toEqual(sold.totals);
  });

  test('lose nothing near the end of the stack: what is counted as handed over is what the SDK has, and each series goes on', async () => {
    const reader = new Backend(CUMULATIVE);
    provide([reader]);
    const box = createSignalbox();
    const lines = ['U1', 'U2', 'S8', 'S9', 'S1'];
    const emitAll = (): void => {
      for (let i = 0; i < 2; i++) for (const line of lines) box.emit(COUNTED, { line });
    };
    emitAll();
    await reader.look();
    emitAll();
    let calls = 0;
    const deep = (): void => {
      try {
        deep();
      } catch {
        // There is no stack left, or a little again.
      }
      if (calls++ > 300) return;
      emitAll();
      try {
        box.stats();
      } catch {
        // Nor for that.
      }
    };
    for (let i = 0; i < 5; i++) {
      calls = 0;
      deep();
    }
    const total = (): number =>
      lines.reduce((sum, line) => sum + (reader.totals.get(`ticket.counted ${line}`) ?? 0), 0);
    await reader.look();
    const { handedOver, failed } = box.stats().destinations.otel?.channels.metrics ?? {};
    expect(failed).toBe(0);
    expect(total()).toBe(handedOver);
    const before = new Map(reader.totals);
    emitAll();
    await reader.look();
    for (const line of lines)
      expect(reader.totals.get(`ticket.counted ${line}`)).toBe(
        (before.get(`ticket.counted ${line}`) ?? 0) + 2,
      );
  });

  test("leave no instrument of their own, and with counters: 'direct' the SDK is given each value with the context of its emit", async () => {
    const seen: unknown[] = [];
    const watching: IAttributesProcessor = {
      process: (attributes) => {
        seen.push(attributes);
        return attributes;
      },
    };
    for (const [counters, calls] of [
      ['collected', 2],
      ['direct', 5],
    ] as const) {
      const reader = new Backend(CUMULATIVE);
      provide([reader], [{ instrumentName: 'ticket.sold', attributesProcessors: [watching] }]);
      const box = createSignalbox({ counters });
      const sold = new Sold();
      sold.emit(box, 'U1', 1);
      await reader.look();
      seen.length = 0;
      for (let i = 0; i < 5; i++) sold.emit(box, 'U1', 1);
      await reader.look();
      expect(seen).toHaveLength(calls);
      expect(reader.totals).toEqual(sold.totals);
      expect(new Set(reader.collected.map(({ descriptor }) => descriptor.name))).not.toContain(
        'signalbox.collection',
      );
      await box.shutdown();
    }
  });
});
