import type { Recorded, RecordedLog, RecordedMetric, RecordedSpan } from './recorded.js';
import { together } from './recorded.js';
import type { TakenRequest } from './request.js';

type Json = Readonly<Record<string, unknown>>;

interface TraceContext {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id?: string;
  readonly status?: string;
  readonly data?: Json;
}

interface Transaction {
  readonly transaction: string;
  readonly contexts: { readonly trace: TraceContext };
  readonly spans?: readonly (TraceContext & { readonly description?: string })[];
}

interface Streamed extends TraceContext {
  readonly name: string;
  readonly attributes?: Typed;
}

type Typed = Readonly<Record<string, { readonly value: unknown }>>;

interface Item {
  readonly name: string;
  readonly body: string;
  readonly value: number;
  readonly trace_id?: string;
  readonly attributes?: Typed;
}

/** Envelopes of Sentry: transactions with their spans, streamed spans, logs and metrics. It has no place for events of spans. */
export function readSentry(requests: readonly TakenRequest[]): Recorded {
  const envelopes = requests.filter(({ url }) => /\/envelope\/?(\?|$)/.test(url));
  return together(envelopes.flatMap(({ body }) => itemsOf(body).map(([type, item]) => readItem(type, item))));
}

/** The items of an envelope: a line that says what each is, and its payload, which may hold line breaks. */
function itemsOf(body: Buffer): [string, unknown][] {
  const items: [string, unknown][] = [];
  let at = body.indexOf('\n') + 1;
  while (at > 0 && at < body.length) {
    const end = lineEnd(body, at);
    const { type, length } = JSON.parse(body.toString('utf8', at, end)) as { type: string; length?: number };
    const payloadEnd = length === undefined ? lineEnd(body, end + 1) : end + 1 + length;
    const payload = body.toString('utf8', end + 1, payloadEnd);
    items.push([type, payload.startsWith('{') ? JSON.parse(payload) : payload]);
    at = payloadEnd + 1;
  }
  return items;
}

function lineEnd(body: Buffer, from: number): number {
  const end = body.indexOf('\n', from);
  return end < 0 ? body.length : end;
}

function readItem(type: string, item: unknown): Partial<Recorded> {
  if (type === 'transaction') return { spans: spansOf(item as Transaction) };
  const { items = [] } = item as { items?: readonly unknown[] };
  if (type === 'span') return { spans: (items as Streamed[]).map(streamed) };
  if (type === 'log') return { logs: (items as Item[]).map(logOf) };
  if (type === 'trace_metric') return { metrics: (items as Item[]).map(metricOf) };
  return {};
}

function spansOf({ transaction, contexts, spans = [] }: Transaction): RecordedSpan[] {
  return [spanOf(transaction, contexts.trace), ...spans.map((span) => spanOf(span.description ?? '', span))];
}

function spanOf(name: string, span: TraceContext): RecordedSpan {
  return {
    name,
    traceId: span.trace_id,
    spanId: span.span_id,
    parentSpanId: span.parent_span_id,
    attributes: span.data ?? {},
    events: [],
    failed: span.status !== undefined && span.status !== 'ok',
  };
}

function streamed({ name, attributes, ...span }: Streamed): RecordedSpan {
  return spanOf(name, { ...span, data: plain(attributes) });
}

function logOf({ body, trace_id, attributes }: Item): RecordedLog {
  return { body, eventName: undefined, traceId: trace_id, attributes: plain(attributes) };
}

function metricOf({ name, value, attributes }: Item): RecordedMetric {
  return { name, value, attributes: plain(attributes) };
}

function plain(attributes: Typed = {}): Json {
  return Object.fromEntries(Object.entries(attributes).map(([key, { value }]) => [key, value]));
}
