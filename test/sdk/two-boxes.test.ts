import { logs } from '@opentelemetry/api-logs';
import { createSignalbox, defineSignal } from 'signalbox';
import { exporters, spanProcessor } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel, startOtel } from '../support/otel.js';
import { inSpan, startSdk, stopSdks } from './app.js';
import { KeptLogs, KeptSpans } from './helpers.js';

afterEach(async () => {
  await stopSdks();
  resetOtel();
});

const OWN = defineSignal('APP_SEEN');
const OTHERS = defineSignal('LIBRARY_SEEN');

describe('two boxes in one process', () => {
  test('nodeSdk() - records of a library’s own box come to the destination of other telemetry, and each box’s own once', async () => {
    const kept = new KeptLogs();
    const app = createSignalbox({
      destinations: { collector: exporters({ logs: kept }) },
      otherTelemetry: 'collector',
    });
    startSdk(app);
    const library = createSignalbox();
    app.emit(OWN);
    library.emit(OTHERS);
    logs.getLogger('plain').emit({ body: 'plain' });
    await app.forceFlush();
    expect(kept.names.sort()).toEqual(['app.seen', 'library.seen', 'plain']);
  });

  test('nodeSdk() - what a box gives to the app’s pipeline too comes to its own exporter by its routes alone', async () => {
    const kept = new KeptLogs();
    const app = createSignalbox({
      destinations: { collector: exporters({ logs: kept }) },
      otherTelemetry: 'collector',
      routes: [{ signals: OWN, to: 'otel' }],
    });
    startSdk(app);
    app.emit(OWN);
    await app.forceFlush();
    expect(kept.names).toEqual([]);
  });

  test('nodeSdk() - a span processor of the same box among the options exports each span once', async () => {
    const kept = new KeptSpans();
    const app = createSignalbox({
      destinations: { collector: exporters({ spans: kept }) },
      otherTelemetry: 'collector',
    });
    startSdk(app, { spanProcessors: [spanProcessor(app)] });
    inSpan('work', () => app.emit(OWN));
    await app.forceFlush();
    expect(kept.names).toEqual(['work']);
  });

  test.each([
    [1, 3],
    [3, 1],
  ])(
    'signalbox.items - two boxes that lost %i and %i signals tell their sum, and tell it again and again',
    async (first, second) => {
      const boxes = [createSignalbox(), createSignalbox()];
      for (let i = 0; i < first; i++) boxes[0]?.emit(OWN);
      for (let i = 0; i < second; i++) boxes[1]?.emit(OWN);
      const otel = startOtel();
      for (const box of boxes) box.describe();
      const lost = async (): Promise<number[]> =>
        (await otel.points('signalbox.items'))
          .filter(
            ({ labels }) =>
              labels['signalbox.drop.reason'] === 'no_provider' && labels['signalbox.channel'] === 'logs',
          )
          .map(({ value }) => value);
      for (let i = 0; i < 3; i++) expect(await lost()).toEqual([4]);
      boxes[0]?.disable();
      // A counter that fell would be taken for one that began anew.
      expect(await lost()).toEqual([4]);
    },
  );
});
