import type { Recorded, RecordedLog, RecordedMetric, RecordedSpan } from './recorded.js';
import { together } from './recorded.js';
import type { TakenRequest } from './request.js';

interface Telemetry {
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: string; readonly baseData: Data };
}

interface Data {
  readonly id?: string;
  readonly name?: string;
  readonly message?: string;
  readonly success?: boolean;
  readonly properties?: Readonly<Record<string, string>>;
  readonly metrics?: readonly {
    readonly name: string;
    readonly value: number;
    readonly count?: number;
    /** Of a histogram alone. */
    readonly min?: number;
  }[];
}

const SPANS = new Set(['RequestData', 'RemoteDependencyData']);

/** Telemetry of Application Insights. Spans are requests and dependencies, events of spans are messages that are sent with them. */
export function readAzure(requests: readonly TakenRequest[]): Recorded {
  const tracked = requests.filter(({ url }) => url.endsWith('/track'));
  return together(tracked.map(({ body }) => readBatch(JSON.parse(body.toString('utf8')) as Telemetry[])));
}

function readBatch(batch: readonly Telemetry[]): Partial<Recorded> {
  const messages = batch.filter(({ data }) => data.baseType === 'MessageData');
  const spans = batch.filter(({ data }) => SPANS.has(data.baseType));
  return {
    spans: spans.map((one) => spanOf(one, messages)),
    // The two exporters send batches of their own.
    logs: spans.length > 0 ? [] : messages.map(logOf),
    metrics: batch.flatMap(metricsOf),
  };
}

function spanOf({ tags, data }: Telemetry, messages: readonly Telemetry[]): RecordedSpan {
  const { id = '', name = '', properties = {}, success } = data.baseData;
  const ofIt = messages.filter((message) => message.tags['ai.operation.parentId'] === id);
  return {
    name,
    traceId: tags['ai.operation.id'] ?? '',
    spanId: id,
    parentSpanId: tags['ai.operation.parentId'],
    attributes: properties,
    events: ofIt.map((message) => message.data.baseData.message ?? ''),
    failed: success === false,
  };
}

function logOf({ tags, data }: Telemetry): RecordedLog {
  const { message = '', properties = {} } = data.baseData;
  return { body: message, eventName: undefined, traceId: tags['ai.operation.id'], attributes: properties };
}

function metricsOf({ data }: Telemetry): RecordedMetric[] {
  const { metrics = [], properties = {} } = data.baseData;
  return metrics.map(({ name, value, count = 0, min }) => ({
    name,
    attributes: properties,
    value: min === undefined ? value : count,
  }));
}
