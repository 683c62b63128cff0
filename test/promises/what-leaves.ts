import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, trace } from '@opentelemetry/api';
import type { Emission, RouteData, Signalbox, SignalboxOptions } from 'signalbox';
import { createSignalbox, spanEventBridge } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { auditFile, consoleSink, jsonLineFile } from 'signalbox/sinks';
import { KeptLogs, KeptMetrics } from '../sdk/helpers.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';

/** A destination of each kind; what it was given, as text. */
export type Destination = 'otel' | 'own' | 'sink' | 'failing' | 'pretty' | 'json' | 'file' | 'audit';

export const DESTINATIONS: readonly Destination[] = [
  'otel',
  'own',
  'sink',
  'failing',
  'pretty',
  'json',
  'file',
  'audit',
];

/** Where else something leaves: of the app's own span, all telemetry of itself, and all that it says. */
type Beside = 'spans' | 'metrics' | 'own metrics' | 'diag' | 'stats' | 'describe' | 'shutdown';

export type Left = Readonly<Record<Destination | Beside, string>>;

type Options = Omit<SignalboxOptions<never>, 'destinations' | 'routes'>;

/** Everything that leaves of a box while `emit` runs within a span. */
export async function whatLeaves(
  options: Options,
  routes: readonly RouteData[],
  emit: (box: Signalbox<Exclude<Destination, 'otel'> | 'otel'>) => void | Promise<void>,
): Promise<Left> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-leaves-'));
  const diag = recordDiag();
  const otel = startOtel({ logProcessors: [spanEventBridge()] });
  const [logs, metrics] = [new KeptLogs(), new KeptMetrics()];
  const given = { sink: '', failing: '', pretty: '', json: '' };
  const keep = (name: keyof typeof given) => ({
    write: (text: string) => {
      given[name] += text;
    },
  });
  try {
    const box = createSignalbox({
      ...options,
      destinations: {
        own: exporters({ logs, metrics }),
        sink: (emission) => {
          given.sink += textOf(emission);
        },
        failing: (emission) => {
          given.failing += textOf(emission);
          throw new Error(`what it was given: ${textOf(emission)}`, { cause: emission });
        },
        pretty: consoleSink({ format: 'pretty', stream: keep('pretty') }),
        json: consoleSink({ format: 'json', stream: keep('json') }),
        file: jsonLineFile({ path: join(folder, 'lines.jsonl') }),
        audit: auditFile({ path: join(folder, 'audit.jsonl') }),
      },
      routes: [],
    });
    box.setRoutes(routes);
    const span = trace.getTracer('app').startSpan('work');
    await context.with(trace.setSpan(context.active(), span), () => emit(box));
    span.end();
    const stats = () => JSON.stringify(box.stats());
    const described = () => String(box.describe()) + JSON.stringify(box.describe());
    const before = stats() + described();
    await box.forceFlush();
    const points = JSON.stringify([...(await otel.metrics()).values()]);
    const report = JSON.stringify(await box.shutdown());
    return {
      ...given,
      otel: JSON.stringify(
        otel.logs().map(({ body, attributes, eventName }) => [body, attributes, eventName]),
      ),
      own: JSON.stringify(
        logs.records.map(({ body, attributes, eventName }) => [body, attributes, eventName]),
      ),
      file: linesOf(join(folder, 'lines.jsonl')),
      audit: linesOf(join(folder, 'audit.jsonl')),
      spans: JSON.stringify(
        otel.spans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
      ),
      metrics: points,
      'own metrics': JSON.stringify(metrics.batches.map(({ scopeMetrics }) => scopeMetrics)),
      diag: diag.join('\n'),
      stats: before + stats(),
      describe: described(),
      shutdown: report,
    };
  } finally {
    resetOtel();
    rmSync(folder, { recursive: true, force: true });
  }
}

// Without the definition: it holds code, and is the app's own.
function textOf({ definition, ...emission }: Emission): string {
  return JSON.stringify(emission);
}

function linesOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return '';
    throw error;
  }
}
