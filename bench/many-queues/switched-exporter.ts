import type { ClientRequestArgs } from 'node:http';
import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HrTime } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Where one export goes, and the moment that it pretends to be. */
export interface Leg {
  /** The whole address. */
  readonly url: string;
  /** Epoch milliseconds. Default: now. */
  readonly at?: number | undefined;
  /** Since when it counts, epoch milliseconds. */
  readonly since: number;
  /** Points of one request at most. Default: all. */
  readonly most?: number | undefined;
}

/** What was sent. */
export interface Sent {
  points: number;
  requests: number;
  /** On the wire, headers included. */
  bytes: number;
  millis: number;
  failed?: string;
}

/** Exports as the SDK's exporter does, to where the next leg says, with all times moved to its moment. */
export class SwitchedExporter {
  #leg: Leg | undefined;
  #last: ResourceMetrics | undefined;
  #sent: Sent = { points: 0, requests: 0, bytes: 0, millis: 0 };

  /** The leg of the next export. */
  prepare(leg: Leg): void {
    this.#leg = leg;
    this.#sent = { points: 0, requests: 0, bytes: 0, millis: 0 };
  }

  /** What was exported last. */
  get last(): ResourceMetrics | undefined {
    return this.#last;
  }

  get sent(): Sent {
    return this.#sent;
  }

  export(metrics: ResourceMetrics, done: Parameters<PushMetricExporter['export']>[1]): void {
    this.#export(metrics).then(
      () => done({ code: 0 }),
      (error: unknown) => {
        this.#sent.failed = String(error instanceof Error ? error.message : error).slice(0, 300);
        done({ code: 1, error: error as Error });
      },
    );
  }

  async #export(metrics: ResourceMetrics): Promise<void> {
    this.#last = metrics;
    const leg = this.#leg;
    if (leg === undefined) throw new Error('nobody said where the export goes');
    const counted = new CountedAgent({ keepAlive: true });
    const exporter = new OTLPMetricExporter({
      url: leg.url,
      timeoutMillis: 300_000,
      httpAgentOptions: () => counted,
    });
    const began = performance.now();
    try {
      for (const part of parts(moved(metrics, leg), leg.most ?? Number.POSITIVE_INFINITY)) {
        this.#sent.requests++;
        this.#sent.points += pointsOf(part);
        await new Promise<void>((resolve, reject) => {
          exporter.export(part, ({ code, error }) =>
            code === 0 ? resolve() : reject(error ?? new Error('refused')),
          );
        });
      }
    } finally {
      this.#sent.bytes = counted.bytes;
      this.#sent.millis = performance.now() - began;
      await exporter.shutdown();
      counted.destroy();
    }
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** Counts what its sockets wrote. */
class CountedAgent extends Agent {
  readonly #sockets = new Set<{ readonly bytesWritten: number }>();

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = super.createConnection(options, callback);
    if (socket) this.#sockets.add(socket as unknown as { readonly bytesWritten: number });
    return socket;
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytesWritten } of this.#sockets) sum += bytesWritten;
    return sum;
  }
}

function moved(metrics: ResourceMetrics, { at, since }: Leg): ResourceMetrics {
  if (at === undefined) return metrics;
  const [startTime, endTime] = [hrTime(since), hrTime(at)];
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => ({
        ...metric,
        dataPoints: metric.dataPoints.map((point) => ({ ...point, startTime, endTime })),
      })),
    })) as ResourceMetrics['scopeMetrics'],
  };
}

/** As `maxExportBatchSize` of the SDK's reader does it: an instrument is cut where a request is full. */
function* parts(metrics: ResourceMetrics, most: number): Generator<ResourceMetrics> {
  if (pointsOf(metrics) <= most) {
    yield metrics;
    return;
  }
  for (const scope of metrics.scopeMetrics)
    for (const metric of scope.metrics)
      for (let from = 0; from < metric.dataPoints.length; from += most) {
        const part = { ...metric, dataPoints: metric.dataPoints.slice(from, from + most) } as typeof metric;
        yield { ...metrics, scopeMetrics: [{ ...scope, metrics: [part] }] };
      }
}

function pointsOf({ scopeMetrics }: ResourceMetrics): number {
  return scopeMetrics.reduce(
    (sum, { metrics }) => sum + metrics.reduce((all, { dataPoints }) => all + dataPoints.length, 0),
    0,
  );
}

function hrTime(millis: number): HrTime {
  const seconds = Math.floor(millis / 1000);
  return [seconds, Math.round((millis - seconds * 1000) * 1e6)];
}
