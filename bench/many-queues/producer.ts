// One process of the app: run by `app.ts`, which tells it when to play and where to export.
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import type { MetricExporterLike } from '../../src/sdk/exporter-like.js';
import type { Answer, Command } from './app.js';
import { createFiller } from './fill.js';
import { SwitchedExporter } from './switched-exporter.js';

const [number = 0, queues = 0, types = 0, limit = 0] = process.argv.slice(2).map(Number);
const exporter = new SwitchedExporter();
const box = createSignalbox({
  destinations: {
    collector: exporters({
      metrics: exporter as unknown as MetricExporterLike,
      // Every export is asked for.
      metricExport: { intervalMillis: 24 * 3_600_000, timeoutMillis: 120_000 },
      ...(limit > 0 ? { views: [{ instrumentName: '*', aggregationCardinalityLimit: limit }] } : {}),
    }),
  },
  otherTelemetry: 'collector',
});
const filler = createFiller(box, { queues, types, processes: 1 }, number === 0);

process.on('message', (command: Command) => {
  void answer(command).then((said) => process.send?.(said));
});
process.once('disconnect', () => process.exit(0));

async function answer({ rounds, leg }: Command): Promise<Answer> {
  const began = performance.now();
  for (let i = 0; i < rounds; i++) filler.round();
  const played = performance.now() - began;
  exporter.prepare(leg);
  await box.forceFlush({ timeoutMillis: 300_000 });
  const { collector } = box.stats().destinations;
  return {
    ...{ sent: exporter.sent, playedMillis: played, heapMiB: process.memoryUsage().heapUsed / 2 ** 20 },
    overflowed: collector?.channels.metrics?.dropped.overflow ?? 0,
  };
}
