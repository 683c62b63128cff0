import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDenyListAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import type { MetricExporterLike } from '../../src/sdk/exporter-like.js';
import type { ViewLike } from '../../src/sdk/metrics/view.js';
import { createFiller } from './fill.js';
import type { Matrix } from './matrix.js';
import { seriesOf } from './series-count.js';
import { SwitchedExporter } from './switched-exporter.js';

/** What one process sends, done in one way. */
export interface Way {
  readonly name: string;
  /** In Prometheus. */
  readonly series: number;
  /** Of one export. */
  readonly bytes: number;
  readonly points: number;
}

const LIMIT = 20_000;
const MORE: ViewLike = { instrumentName: '*', aggregationCardinalityLimit: LIMIT };
const FEW_BUCKETS = [0.1, 1, 10, 60, 3600];

/** Ways to have fewer series, each in a process of all queues and types. */
export async function ways(matrix: Matrix): Promise<Way[]> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200).end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const withoutType = { ...MORE, attributesProcessors: [createDenyListAttributesProcessor(['job.type'])] };
  const buckets = (instrumentName: string): ViewLike => ({
    ...{ instrumentName, aggregationCardinalityLimit: LIMIT },
    aggregation: { type: 4, options: { boundaries: FEW_BUCKETS } },
  });
  const histograms = ['messaging.process.duration', 'job.wait.duration', 'job.turnaround.duration'];
  const plain = [...REST, 'queue.*', 'worker.*', 'signalbox.*'].map((instrumentName) => ({
    ...MORE,
    instrumentName,
  }));
  try {
    return [
      await one('everything, limit raised', matrix, [MORE], url),
      await one('the limit of 2,000 left as it is', matrix, undefined, url),
      await one('four types listed, the others `_OTHER`', matrix, [MORE], url, 4),
      await one('no types listed', matrix, [MORE], url, 0),
      await one('a view without `job.type`', matrix, [withoutType], url),
      await one(
        'a view without `job.type` on the histograms alone',
        matrix,
        [...histograms.map((instrumentName) => ({ ...withoutType, instrumentName })), ...plain],
        url,
      ),
      await one('five buckets', matrix, [...histograms.map(buckets), ...plain], url),
    ];
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const REST = [
  ...['job.enqueued', 'job.rejected', 'job.retries', 'job.ended', 'job.stalled'],
  ...['job.active', 'job.oldest_active.age'],
];

async function one(
  name: string,
  matrix: Matrix,
  views: readonly ViewLike[] | undefined,
  url: string,
  listed?: number,
): Promise<Way> {
  const exporter = new SwitchedExporter();
  const box = createSignalbox({
    destinations: {
      collector: exporters({
        metrics: exporter as unknown as MetricExporterLike,
        metricExport: { intervalMillis: 24 * 3_600_000, timeoutMillis: 120_000 },
        ...(views ? { views } : {}),
      }),
    },
    otherTelemetry: 'collector',
  });
  createFiller(box, matrix, true, listed).round();
  exporter.prepare({ url, since: Date.now() });
  await box.forceFlush({ timeoutMillis: 300_000 });
  const { sent, last } = exporter;
  await box.shutdown({ timeoutMillis: 60_000 });
  if (sent.failed !== undefined || last === undefined) throw new Error(`${name}: ${sent.failed}`);
  const series = [...seriesOf(last).values()].reduce((sum, count) => sum + count, 0);
  return { name, series, bytes: sent.bytes, points: sent.points };
}
