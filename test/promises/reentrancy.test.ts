import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { Counts, Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { resetOtel, startOtel } from '../support/otel.js';
import { turn } from './accounting-world.js';
import { noUnhandledRejections } from './rejections.js';

noUnhandledRejections();
afterEach(resetOtel);

const AGAIN = defineSignal('DONE_AGAIN', { fields: { depth: field.int() } });

/** A processor that emits in reaction to each record, without end. */
function reacting(box: () => Signalbox): LogRecordProcessor {
  let depth = 0;
  return {
    onEmit: () => {
      depth++;
      box().emit(AGAIN, { depth });
      depth--;
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

function sinkCounts(box: Signalbox, name: string): Counts | undefined {
  return box.stats().destinations[name]?.channels.sink;
}

describe('an emit in a processor', () => {
  test('an emit in a processor - is made up to the depth of 8, then refused and counted', () => {
    let box: Signalbox | undefined;
    const otel = startOtel({ logProcessors: [reacting(() => box as Signalbox)] });
    box = createSignalbox();
    box.emit(AGAIN, { depth: 0 });
    expect(otel.logs().map((record) => record.attributes.depth)).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
    expect(box.stats()).toMatchObject({ emitted: 8, refused: { depth: 1 } });
    expect(box.stats().destinations.otel?.channels.logs).toMatchObject({ routed: 8, handedOver: 8 });
  });

  test('limits.emitDepth - sets another depth', () => {
    let box: Signalbox | undefined;
    const otel = startOtel({ logProcessors: [reacting(() => box as Signalbox)] });
    box = createSignalbox({ limits: { emitDepth: 1 } });
    box.emit(AGAIN, { depth: 0 });
    box.emit(AGAIN, { depth: 0 });
    expect(otel.logs()).toHaveLength(2);
    expect(box.stats()).toMatchObject({ emitted: 2, refused: { depth: 2 } });
  });
});

describe('an emit of an exporter', () => {
  test.each([1, 512])(
    'an emit of an exporter - comes to an end where it follows its answers, in batches of %d',
    async (size) => {
      let calls = 0;
      const box: Signalbox = createSignalbox({
        destinations: {
          collector: exporters({
            logs: {
              export: (_records, done) => {
                calls++;
                setImmediate(() => {
                  done({ code: 0 });
                  box.emit(AGAIN, { depth: calls });
                });
              },
              shutdown: () => Promise.resolve(),
            },
            batch: { delayMillis: 1, size },
          }),
        },
      });
      const logs = () => box.stats().destinations.collector?.channels.logs;
      box.emit(AGAIN, { depth: 0 });
      await vi.waitFor(() => expect(logs()?.dropped).toEqual({ reentrant: 1 }));
      // The app's own goes on as ever.
      box.emit(AGAIN, { depth: -1 });
      await vi.waitFor(() => expect(logs()?.dropped).toEqual({ reentrant: 2 }));
      expect(logs()).toMatchObject({ delivered: calls, failed: 0, queued: 0 });
      expect(calls).toBeLessThanOrEqual(20);
      await box.shutdown();
    },
  );
});

describe('an emit in a sink', () => {
  /** A box whose sink `own` emits; `other` takes everything too. */
  function boxOf(react: (box: Signalbox, n: number) => void | Promise<void>): {
    box: Signalbox;
    own: string[];
    other: string[];
  } {
    const own: string[] = [];
    const other: string[] = [];
    let calls = 0;
    const sink: SinkFunction = (emission) => {
      own.push(emission.message);
      calls++;
      // A loop without end would hang the test: it is cut here, and then fails it.
      if (calls > 50) return undefined;
      return react(box, calls);
    };
    const box = createSignalbox({
      destinations: { own: sink, other: (emission) => void other.push(emission.message) },
    });
    return { box, own, other };
  }
  const settled = async (box: Signalbox): Promise<void> => {
    await turn();
    await box.forceFlush();
  };

  test.each([
    ['with a context manager', true],
    ['without one', false],
  ])('an emit in a sink - is never given to that sink, but to the others: %s', async (_, managed) => {
    if (managed) startOtel();
    const { box, own, other } = boxOf((b) => b.info('reaction'));
    box.info('action');
    await settled(box);
    expect(own).toEqual(['action']);
    expect(other).toEqual(['action', 'reaction']);
    expect(sinkCounts(box, 'own')).toMatchObject({
      routed: 2,
      delivered: 1,
      dropped: { reentrant: 1 },
      queued: 0,
    });
    expect(sinkCounts(box, 'other')).toMatchObject({ routed: 2, delivered: 2, dropped: {} });
  });

  test('an emit in a sink - after an await in it too, where a context manager is registered', async () => {
    startOtel();
    const { box, own, other } = boxOf(async (b) => {
      await turn();
      b.info('reaction');
    });
    box.info('action');
    await box.forceFlush();
    await settled(box);
    expect(own).toEqual(['action']);
    expect(other).toEqual(['action', 'reaction']);
    expect(sinkCounts(box, 'own')).toMatchObject({ dropped: { reentrant: 1 }, queued: 0 });
  });

  test('an emit in a sink - in a context of its own too', async () => {
    startOtel();
    const { box, own, other } = boxOf(async (b) => {
      await turn();
      b.emit(AGAIN, { depth: 1 }, { context: ROOT_CONTEXT });
    });
    box.info('action');
    await box.forceFlush();
    await settled(box);
    expect(own).toEqual(['action']);
    expect(other).toEqual(['action', 'done again']);
  });

  test('an emit in a sink - the job that a sink enqueues is reported to the others alone', async () => {
    startOtel();
    const { box, own, other } = boxOf((b) => createJobs(b).queue('alerts').enqueue({ id: '1' }).accepted());
    box.info('action');
    await settled(box);
    expect(own).toEqual(['action']);
    expect(other).toEqual(['action', 'Job queued for processing']);
  });

  test('an emit in a sink - what comes from the app in the meantime is given to it', async () => {
    startOtel();
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { box, own } = boxOf(() => held);
    box.info('first');
    await turn();
    box.info('second');
    go();
    await settled(box);
    expect(own).toEqual(['first', 'second']);
    expect(sinkCounts(box, 'own')).toMatchObject({ delivered: 2, dropped: {} });
  });

  test('an emit in a sink - of another box reaches its destination, of the same name too', async () => {
    startOtel();
    const arrived: string[] = [];
    const second = createSignalbox({
      destinations: { own: (emission) => void arrived.push(emission.message) },
    });
    const { box } = boxOf(() => second.info('for the other box'));
    box.info('action');
    await settled(box);
    await settled(second);
    expect(arrived).toEqual(['for the other box']);
    expect(sinkCounts(second, 'own')).toMatchObject({ delivered: 1, dropped: {} });
  });

  test('an emit in a sink - that throws counts both', async () => {
    const { box, other } = boxOf((b) => {
      b.info('reaction');
      throw new Error('no');
    });
    box.info('action');
    await settled(box);
    expect(other).toEqual(['action', 'reaction']);
    expect(sinkCounts(box, 'own')).toMatchObject({ routed: 2, failed: 1, dropped: { reentrant: 1 } });
  });
});
