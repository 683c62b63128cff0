// Plays jobs on a queue of its own making, as lines of its standard input say: `sampled-jobs.ts URL`. Each is answered by `done` and the
// ledger of what it did, when all of it was exported; or by what went wrong.
import { createInterface } from 'node:readline';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createSignalbox } from 'signalbox';
import type { Relation } from 'signalbox/jobs';
import { exporters, nodeSdk } from 'signalbox/sdk';
import type { Ledger } from '../sampling/ledger.js';
import { merged } from '../sampling/ledger.js';
import type { KindName } from '../sampling/play.js';
import { kindsOf } from '../sampling/play.js';
import { Player } from '../sampling/player.js';

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('usage: sampled-jobs.ts URL');

/** Notes which spans are made, beside the library and not by its word. */
class Recorder implements SpanProcessor {
  spans: Record<string, string[]> = {};
  settles: { traceId: string; reason: string }[] = [];
  onStart(): void {}
  onEnd(span: ReadableSpan): void {
    const { traceId, spanId } = span.spanContext();
    this.spans[traceId] = [...(this.spans[traceId] ?? []), spanId];
    if (span.attributes['messaging.operation.name'] === 'settle')
      this.settles.push({ traceId, reason: String(span.attributes['job.abandon.reason']) });
  }
  forceFlush = async (): Promise<void> => undefined;
  shutdown = async (): Promise<void> => undefined;
}

const recorder = new Recorder();
const box = createSignalbox({
  destinations: {
    collector: exporters({
      spans: new OTLPTraceExporter({ url: `${url}/v1/traces` }),
      metrics: new OTLPMetricExporter({ url: `${url}/v1/metrics` }),
      metricExport: { intervalMillis: 1000 },
      batch: { capacity: 100_000, size: 1000, delayMillis: 200 },
    }),
  },
  otherTelemetry: 'collector',
});
new NodeSDK(
  nodeSdk(box, {
    spanProcessors: [recorder],
    logRecordProcessors: [],
    metricReaders: [],
    instrumentations: [],
  }),
).start();
const player = new Player(box);

/** What was told since the last time. */
function ledger(): Ledger {
  const { spans, settles } = recorder;
  Object.assign(recorder, { spans: {}, settles: [] });
  return merged([{ jobs: player.take(), spans, settles }]);
}

const commands: Readonly<Record<string, (queue: string, ...rest: string[]) => Promise<void>>> = {
  /** `play QUEUE RELATION JOBS SEED`: jobs of all kinds, from their enqueues to their ends. */
  play: async (queue, relation, jobs, seed) => {
    await player.play(queue, relation as Relation, kindsOf(Number(jobs), Number(seed)));
  },
  /** `enqueue QUEUE RELATION JOBS KIND`: jobs that wait for `work`. */
  enqueue: async (queue, relation, jobs, kind) => {
    player.enqueue(queue, relation as Relation, Array(Number(jobs)).fill(kind as KindName));
  },
  /** `work QUEUE`: all that wait there. */
  work: (queue) => player.work(queue),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', queue = '', ...rest] = line.split(' ');
  try {
    const run = commands[command];
    if (!run) throw new Error(`there is no command '${command}'`);
    await run(queue, ...rest);
    await box.forceFlush({ timeoutMillis: 20_000 });
    for (const [channel, { dropped, failed }] of Object.entries(
      box.stats().destinations.collector?.channels ?? {},
    ))
      if (failed > 0 || Object.keys(dropped).length > 0) throw new Error(`not all ${channel} were delivered`);
    console.log(`done ${JSON.stringify(ledger())}`);
  } catch (error) {
    console.log(`failed: ${String(error)}`);
  }
}
process.exit(0);
