import type { Field, FieldKind, Message } from './protobuf.js';

// The messages of opentelemetry-proto, under the names that they have in JSON. Exponential histograms and summaries are left out:
// nothing here makes them, so they are refused.
const one = (name: string, kind: Field['kind']): Field => ({ name, kind });
const many = (name: string, kind: FieldKind | (() => Message)): Field => ({ name, kind, repeated: true });

const dropped = one('droppedAttributesCount', 'varint');
const flags = one('flags', 'fixed32');
const schemaUrl = one('schemaUrl', 'text');
const traceId = one('traceId', 'bytes');
const spanId = one('spanId', 'bytes');

const value: Message = {
  1: one('stringValue', 'text'),
  2: one('boolValue', 'boolean'),
  3: one('intValue', 'signed64'),
  4: one('doubleValue', 'double'),
  5: one('arrayValue', () => ({ 1: many('values', () => value) })),
  6: one('kvlistValue', () => ({ 1: many('values', () => attribute) })),
  7: one('bytesValue', 'bytes'),
};
const attribute: Message = { 1: { name: 'key', kind: 'text', absent: '' }, 2: one('value', () => value) };
const attributes = many('attributes', () => attribute);
const entity: Message = {
  1: schemaUrl,
  2: one('type', 'text'),
  3: many('idKeys', 'text'),
  4: many('descriptionKeys', 'text'),
};
const resource: Message = { 1: attributes, 2: dropped, 3: many('entityRefs', () => entity) };
const scope: Message = { 1: one('name', 'text'), 2: one('version', 'text'), 3: attributes, 4: dropped };

const event: Message = {
  1: one('timeUnixNano', 'fixed64'),
  2: one('name', 'text'),
  3: attributes,
  4: dropped,
};
const link: Message = {
  1: traceId,
  2: spanId,
  3: one('traceState', 'text'),
  4: attributes,
  5: dropped,
  6: flags,
};
const span: Message = {
  1: traceId,
  2: spanId,
  3: one('traceState', 'text'),
  4: one('parentSpanId', 'bytes'),
  5: one('name', 'text'),
  6: one('kind', 'varint'),
  7: one('startTimeUnixNano', 'fixed64'),
  8: one('endTimeUnixNano', 'fixed64'),
  9: attributes,
  10: dropped,
  11: many('events', () => event),
  12: one('droppedEventsCount', 'varint'),
  13: many('links', () => link),
  14: one('droppedLinksCount', 'varint'),
  15: one('status', () => ({ 2: one('message', 'text'), 3: one('code', 'varint') })),
  16: flags,
};

const log: Message = {
  1: one('timeUnixNano', 'fixed64'),
  2: one('severityNumber', 'varint'),
  3: one('severityText', 'text'),
  5: one('body', () => value),
  6: attributes,
  7: dropped,
  8: flags,
  9: traceId,
  10: spanId,
  11: one('observedTimeUnixNano', 'fixed64'),
  12: one('eventName', 'text'),
};

const exemplar: Message = {
  2: one('timeUnixNano', 'fixed64'),
  3: one('asDouble', 'double'),
  4: spanId,
  5: traceId,
  6: one('asInt', 'sfixed64'),
  7: many('filteredAttributes', () => attribute),
};
const exemplars = many('exemplars', () => exemplar);
const number: Message = {
  2: one('startTimeUnixNano', 'fixed64'),
  3: one('timeUnixNano', 'fixed64'),
  4: one('asDouble', 'double'),
  5: exemplars,
  6: one('asInt', 'sfixed64'),
  7: attributes,
  8: one('flags', 'varint'),
};
const buckets: Message = {
  2: one('startTimeUnixNano', 'fixed64'),
  3: one('timeUnixNano', 'fixed64'),
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  6: many('bucketCounts', 'fixed64'),
  7: many('explicitBounds', 'double'),
  8: exemplars,
  9: attributes,
  10: one('flags', 'varint'),
  11: one('min', 'double'),
  12: one('max', 'double'),
};
const metric: Message = {
  1: one('name', 'text'),
  2: one('description', 'text'),
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
  12: many('metadata', () => attribute),
};

function request(all: string, scoped: string, items: string, item: Message): Message {
  const ofScope: Message = { 1: one('scope', () => scope), 2: many(items, () => item), 3: schemaUrl };
  const ofResource: Message = {
    1: one('resource', () => resource),
    2: many(scoped, () => ofScope),
    3: schemaUrl,
  };
  return { 1: many(all, () => ofResource) };
}

/** What an app or a collector sends, by the last part of the path that it is sent to. */
export const requests = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', log),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
} as const;
