import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from '@opentelemetry/api';
import { context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncHooksContextManager } from '@opentelemetry/context-async-hooks';
import type { Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CORE } from '../../src/box/core.js';
import { settle } from '../delivery/helpers.js';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

const tenant = new AsyncLocalStorage<string>();
const TENANTS = ['A', 'B', 'C'];
const FELL = defineSignal('TREE_FELL', { metrics: [{ type: 'counter', name: 'tree.fell' }] });

const managers = [
  ['with a context manager', true],
  ['without one', false],
] as const;

/** Emits once for each tenant, in its context, all at once. */
function emitForAll(box: Signalbox): void {
  for (const name of TENANTS) tenant.run(name, () => box.info(name));
}

describe.each(managers)('the context in which a box was made: %s', (_, managed) => {
  beforeEach(() => {
    if (managed) startOtel();
  });

  test.each([
    ['made outside of all', () => createSignalbox, undefined],
    [
      "made in a context of the app's",
      () =>
        ((options: never) => tenant.run('home', () => createSignalbox(options))) as typeof createSignalbox,
      'home',
    ],
  ])(
    'a sink of a box %s - is called there, whoever emitted, and after an await too',
    async (_made, create, there) => {
      const seen: unknown[] = [];
      const box = create()({
        destinations: {
          sync: () => void seen.push(tenant.getStore()),
          async: async () => {
            seen.push(tenant.getStore());
            await settle();
            seen.push(tenant.getStore());
          },
        },
      });
      emitForAll(box);
      await box.forceFlush();
      tenant.run('D', () => box.info('woken later'));
      await tenant.run('E', () => box.forceFlush());
      expect(seen).toEqual(Array.from({ length: 12 }, () => there));
    },
  );

  test('a sink that is busy - is called there for what waits, and what waits beyond a turn', async () => {
    const seen = new Set<unknown>();
    const box = createSignalbox({ destinations: { sink: () => void seen.add(tenant.getStore()) } });
    tenant.run('A', () => {
      for (let i = 0; i < 1_500; i++) box.info('one of many');
    });
    await tenant.run('B', () => box.forceFlush());
    expect(box.stats().destinations.sink?.channels.sink).toMatchObject({ delivered: 1_500 });
    expect([...seen]).toEqual([undefined]);
  });

  test('a sink that enters a context and does not leave it - is alone in it', async () => {
    const seen: unknown[] = [];
    const sink: SinkFunction = ({ message }) => {
      seen.push(tenant.getStore());
      tenant.enterWith(message);
    };
    const box = createSignalbox({ destinations: { first: sink, second: sink } });
    emitForAll(box);
    await box.forceFlush();
    expect(seen).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
  });

  test('a shutdown - closes sinks there, and tells calls that last there to end', async () => {
    const seen: unknown[] = [];
    const hanging: SinkFunction = (_emission, { signal }) =>
      new Promise(() => signal.addEventListener('abort', () => seen.push(['abort', tenant.getStore()])));
    const sink = Object.assign(hanging, { close: () => void seen.push(['close', tenant.getStore()]) });
    const box = createSignalbox({ destinations: { sink } });
    tenant.run('A', () => box.info('waits'));
    await settle();
    await tenant.run('B', () => box.shutdown({ timeoutMillis: 20 }));
    await settle();
    expect(seen).toEqual([
      ['abort', undefined],
      ['close', undefined],
    ]);
  });

  test('an exporter - exports, is flushed and is shut down there', async () => {
    const seen: unknown[] = [];
    const see = (what: string): void => void seen.push([what, tenant.getStore()]);
    const logs = {
      export: (_records: unknown, done: (result: { code: number }) => void) => {
        see('export');
        done({ code: 0 });
      },
      forceFlush: async () => see('forceFlush'),
      shutdown: async () => see('shutdown'),
    };
    const box = createSignalbox({ destinations: { collector: exporters({ logs }) } });
    emitForAll(box);
    await tenant.run('D', () => box.forceFlush());
    await tenant.run('E', () => box.shutdown());
    expect(seen).toEqual([
      ['export', undefined],
      ['forceFlush', undefined],
      ['shutdown', undefined],
    ]);
  });

  test('an exporter of metrics - is asked there how to aggregate', async () => {
    const seen = new Set<unknown>();
    const metrics = {
      export: (_metrics: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
      selectAggregationTemporality: () => {
        seen.add(tenant.getStore());
        return 1;
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    const box = createSignalbox({ destinations: { collector: exporters({ metrics }) } });
    tenant.run('A', () => box.emit(FELL, {}));
    await tenant.run('B', () => box.forceFlush());
    await tenant.run('C', () => box.shutdown());
    expect([...seen]).toEqual([undefined]);
  });

  test('what is observed - is looked at there, whoever collects', async () => {
    const seen: unknown[] = [];
    const exported = {
      export: (_metrics: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const box = createSignalbox({
      destinations: { collector: exporters({ metrics: exported as never }) },
      otherTelemetry: 'collector',
    });
    box[CORE].observe(
      { type: 'observableGauge', name: 'queue.depth', unit: '{job}', description: 'Waiting' },
      async (result) => {
        seen.push(tenant.getStore());
        await settle();
        seen.push(tenant.getStore());
        result.observe(1);
      },
    );
    await tenant.run('A', () => box.forceFlush());
    expect(seen).toEqual([undefined, undefined]);
    await box.shutdown();
  });
});

describe('what a sink emits', () => {
  test('what a sink emits - is on no span, though it was called for what happened on one', async () => {
    const otel = startOtel();
    const box: Signalbox = createSignalbox({
      destinations: {
        sink: () => {
          box.emit(FELL);
        },
      },
      routes: [
        { signals: 'INFO', to: 'sink' },
        { signals: [FELL], to: 'otel' },
      ],
    });
    trace.getTracer('app').startActiveSpan('request', (span) => {
      box.info('action');
      span.end();
    });
    await box.forceFlush();
    expect(otel.logs().map(({ spanContext }) => spanContext)).toEqual([undefined]);
  });

  test("what a sink emits - has nothing of the emit's OpenTelemetry context either", async () => {
    startOtel();
    const key = createContextKey('baggage of the request');
    const seen: unknown[] = [];
    const box = createSignalbox({
      destinations: { sink: () => void seen.push(context.active().getValue(key)) },
    });
    context.with(ROOT_CONTEXT.setValue(key, 'of A'), () => box.info('A'));
    await box.forceFlush();
    expect(seen).toEqual([undefined]);
  });
});

describe('a context manager that knows async resources by their hooks', () => {
  let manager: AsyncHooksContextManager;
  beforeEach(() => {
    manager = new AsyncHooksContextManager().enable();
    context.setGlobalContextManager(manager);
  });
  afterEach(() => void manager.disable());

  test('an emit - leaves the app in its context, and the sink sees nothing of it', async () => {
    const key = createContextKey('of the request');
    const seen: unknown[] = [];
    const box = createSignalbox({
      destinations: { sink: () => void seen.push(context.active().getValue(key)) },
    });
    const request: Context = ROOT_CONTEXT.setValue(key, 'A');
    await context.with(request, async () => {
      box.info('action');
      expect(context.active()).toBe(request);
      await box.forceFlush();
      expect(context.active().getValue(key)).toBe('A');
    });
    expect(seen).toEqual([undefined]);
  });
});
