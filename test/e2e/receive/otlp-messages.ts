import type { Field, FieldKind, Message } from './protobuf.js';

// The messages of opentelemetry-proto as far as otlp-json.ts reads them, under the names that they have in JSON.
const one = (name: string, kind: Field['kind']): Field => ({ name, kind });
const many = (name: string, kind: FieldKind | (() => Message)): Field => ({ name, kind, repeated: true });

const value: Message = {
  1: one('stringValue', 'text'),
  2: one('boolValue', 'boolean'),
  3: one('intValue', 'signed64'),
  4: one('doubleValue', 'double'),
  5: one('arrayValue', () => ({ 1: many('values', () => value) })),
};
const attribute: Message = { 1: { name: 'key', kind: 'text', absent: '' }, 2: one('value', () => value) };
const resource: Message = { 1: many('attributes', () => attribute) };
const scope: Message = { 1: one('name', 'text'), 2: one('version', 'text') };

const event: Message = {
  1: one('timeUnixNano', 'fixed64'),
  2: one('name', 'text'),
  3: many('attributes', () => attribute),
};
const link: Message = {
  1: one('traceId', 'bytes'),
  2: one('spanId', 'bytes'),
  4: many('attributes', () => attribute),
};
const span: Message = {
  1: one('traceId', 'bytes'),
  2: one('spanId', 'bytes'),
  4: one('parentSpanId', 'bytes'),
  5: one('name', 'text'),
  6: one('kind', 'varint'),
  7: one('startTimeUnixNano', 'fixed64'),
  8: one('endTimeUnixNano', 'fixed64'),
  9: many('attributes', () => attribute),
  11: many('events', () => event),
  13: many('links', () => link),
  15: one('status', () => ({ 2: one('message', 'text'), 3: one('code', 'varint') })),
};

const log: Message = {
  1: one('timeUnixNano', 'fixed64'),
  2: one('severityNumber', 'varint'),
  3: one('severityText', 'text'),
  5: one('body', () => value),
  6: many('attributes', () => attribute),
  9: one('traceId', 'bytes'),
  10: one('spanId', 'bytes'),
  12: one('eventName', 'text'),
};

const number: Message = {
  3: one('timeUnixNano', 'fixed64'),
  4: one('asDouble', 'double'),
  6: one('asInt', 'signed64'),
  7: many('attributes', () => attribute),
};
const buckets: Message = {
  3: one('timeUnixNano', 'fixed64'),
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  7: many('explicitBounds', 'double'),
  9: many('attributes', () => attribute),
};
const metric: Message = {
  1: one('name', 'text'),
  3: one('unit', 'text'),
  5: one('gauge', () => ({ 1: many('dataPoints', () => number) })),
  7: one('sum', () => ({
    1: many('dataPoints', () => number),
    2: one('aggregationTemporality', 'varint'),
    3: { name: 'isMonotonic', kind: 'boolean', absent: false },
  })),
  9: one('histogram', () => ({
    1: many('dataPoints', () => buckets),
    2: one('aggregationTemporality', 'varint'),
  })),
};

function request(all: string, scoped: string, items: string, item: Message): Message {
  const ofScope: Message = { 1: one('scope', () => scope), 2: many(items, () => item) };
  const ofResource: Message = { 1: one('resource', () => resource), 2: many(scoped, () => ofScope) };
  return { 1: many(all, () => ofResource) };
}

/** What an app or a collector sends, by the last part of the path that it is sent to. */
export const requests = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', log),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
} as const;
