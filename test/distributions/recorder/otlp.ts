import { requests as messages } from '../../e2e/receive/otlp-messages.js';
import { readMessage } from '../../e2e/receive/protobuf.js';
import type { OtlpKind, OtlpRequest } from '../../support/otlp-endpoint.js';
import type { ReceivedSpan } from '../../support/otlp-model.js';
import { readOtlp } from '../../support/otlp-model.js';
import type { Recorded } from './recorded.js';
import type { TakenRequest } from './request.js';

const ERROR = 2;

/** Logfire tells of a span that is still open by a copy that is no span of the app's. */
function isWhole({ attributes }: ReceivedSpan): boolean {
  return attributes['logfire.span_type'] !== 'pending_span';
}

/** What came by OTLP over HTTP, as JSON or protobuf. */
export function readOtlpRequests(requests: readonly TakenRequest[]): Recorded {
  const taken = requests.flatMap(({ url, headers, body }): OtlpRequest[] => {
    const kind = /\/v1\/(traces|logs|metrics)$/.exec(url.split('?')[0] ?? '')?.[1] as OtlpKind | undefined;
    if (kind === undefined) return [];
    if (headers['content-type']?.includes('json')) return [{ kind, body }];
    return [{ kind, body: Buffer.from(JSON.stringify(readMessage(messages[kind], body, kind))) }];
  });
  const { spans, logs, series } = readOtlp(taken);
  return {
    spans: spans.filter(isWhole).map(({ events, status, ...span }) => ({
      ...span,
      events: events.map(({ name }) => name),
      failed: status === ERROR,
    })),
    logs: logs.map(({ body, ...log }) => ({ ...log, body: String(body) })),
    metrics: series.map(({ metric, kind, value, count, attributes }) => ({
      name: metric,
      attributes,
      value: kind === 'histogram' ? count : value,
    })),
  };
}
