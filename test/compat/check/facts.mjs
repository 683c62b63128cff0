const KINDS = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUSES = ['UNSET', 'OK', 'ERROR'];
const UNKNOWN = '<no such span>';

/** What stands in the exporters, with ids, times and measured durations replaced by what can be compared between runs. */
export function readFacts({ version, returned, during, spans, logs, metrics, emissions, problems, stats }) {
  const labels = labelsOf(spans);
  const labelOf = (context) => (context ? (labels.get(context.spanId) ?? UNKNOWN) : null);
  const byStart = [...spans].sort((a, b) => Number(nanos(a.startTime) - nanos(b.startTime)));
  return {
    returned,
    spans: byStart.map((span) => spanFacts(span, labelOf, spans)),
    logs: logs.map((record) => logFacts(record, labelOf)),
    metrics: metricFacts(metrics, isOfJobs),
    during: metricFacts(during, isOfJobs),
    // Their values change with each look: that they are the accounts is told by tests on one line.
    self: Object.keys(metricFacts(metrics, (name) => !isOfJobs(name))).sort(),
    sink: emissions.map(({ signal, severity, fields, spanId }) => ({
      signal,
      severity,
      span: labelOf(spanId && { spanId }),
      ...(fields.to === undefined ? {} : { to: fields.to }),
    })),
    agreement: agreement(version, spans, logs, metrics, emissions),
    problems,
    stats: { ...statsFacts(stats), refused: stats.refused, values: stats.values },
  };
}

function labelsOf(spans) {
  return new Map(
    spans.map((span) => {
      const attempt = span.attributes['job.attempt.number'];
      return [span.spanContext().spanId, attempt === undefined ? span.name : `${span.name} #${attempt}`];
    }),
  );
}

function spanFacts(span, labelOf, spans) {
  const parent = span.parentSpanContext;
  const root = spans.find(
    (other) => other.spanContext().traceId === span.spanContext().traceId && !other.parentSpanContext,
  );
  return {
    span: labelOf(span.spanContext()),
    kind: KINDS[span.kind],
    status: { ...span.status, code: STATUSES[span.status.code] },
    parent: labelOf(parent),
    trace: labelOf(root?.spanContext()),
    links: span.links.map((link) => ({ to: labelOf(link.context), ...link.attributes })),
    attributes: { ...comparable(span.attributes), ...previousOf(span.attributes, labelOf) },
    events: span.events.map((event) => event.name),
  };
}

function previousOf({ 'job.previous_attempt.span_id': spanId }, labelOf) {
  return spanId === undefined ? {} : { 'job.previous_attempt.span_id': labelOf({ spanId }) };
}

function logFacts(record, labelOf) {
  return {
    event: record.eventName,
    severity: `${record.severityText} ${record.severityNumber}`,
    body: record.body,
    span: labelOf(record.spanContext),
    attributes: comparable(record.attributes),
  };
}

const isOfJobs = (name) => !name.startsWith('signalbox.');

function metricFacts(scopes, wanted) {
  const facts = {};
  for (const { descriptor, dataPoints } of scopes.flatMap((scope) => scope.metrics)) {
    if (!wanted(descriptor.name)) continue;
    facts[descriptor.name] = {
      unit: descriptor.unit,
      points: dataPoints.map(({ attributes, value }) => ({
        ...attributes,
        ...valueFacts(descriptor, value),
      })),
    };
  }
  return facts;
}

function valueFacts({ name, unit }, value) {
  if (typeof value === 'object') {
    const { boundaries } = value.buckets;
    return { count: value.count, buckets: `${boundaries[0]} to ${boundaries.at(-1)}` };
  }
  return { value: unit === 's' ? comparable({ [name]: value })[name] : value };
}

// Seconds that were measured differ from run to run; given ones (a retry's delay) are kept.
function comparable(attributes) {
  const seconds = (key, value) =>
    Number.isFinite(value) && value >= 0 ? '<seconds>' : `not seconds: ${key}=${value}`;
  const one = ([key, value]) => {
    if (/^(job\.(wait\.|turnaround\.)?duration|worker\.busy\.time|job\.oldest_active\.age)$/.test(key))
      return [key, seconds(key, value)];
    if (key === 'exception.stacktrace') return [key, value.split('\n')[0]];
    return [key, value];
  };
  return Object.fromEntries(Object.entries(attributes).map(one));
}

/** What must agree between what was exported for one signal by different ways. */
function agreement(version, spans, logs, metrics, emissions) {
  const bySpanId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const within = (span, time) => nanos(time) >= nanos(span.startTime) && nanos(time) <= nanos(span.endTime);
  const onSpans = logs.filter((record) => bySpanId.has(record.spanContext?.spanId));
  const attempts = spans.filter((span) => span.name.startsWith('process '));
  const measured = metrics
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === 'messaging.process.duration')
    .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value.sum));
  return {
    'everything but the span of the app has the scope of the package': [
      ...spans.filter((span) => span.name !== 'checkout').map((span) => span.instrumentationScope),
      ...logs.map((record) => record.instrumentationScope),
      ...metrics.map(({ scope }) => scope),
    ].every(({ name, version: of }) => name === 'signalbox' && of === version),
    'each log record of a span has its trace id': onSpans.every(
      ({ spanContext }) => bySpanId.get(spanContext.spanId).spanContext().traceId === spanContext.traceId,
    ),
    'each log record of a span is an event of it, with the same time, and what their span does not say':
      onSpans.every((record) => {
        const span = bySpanId.get(record.spanContext.spanId);
        return span.events.some((event) => sameEvent(event, record, span));
      }),
    'each event lies within its span': spans.every((span) =>
      span.events.every(({ time }) => within(span, time)),
    ),
    'each emission has the trace id of its span': emissions
      .filter(({ spanId }) => spanId)
      .every(({ spanId, traceId }) => bySpanId.get(spanId)?.spanContext().traceId === traceId),
    'messaging.process.duration is the duration of the attempt spans': equal(
      sum(measured),
      sum(attempts.map((span) => Number(nanos(span.duration)) / 1e9)),
    ),
  };
}

function isSame(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

// The events of job signals leave out what their span says: an attempt's number and its length among it.
function sameEvent(event, record, { attributes: said }) {
  const own = event.attributes ?? {};
  return (
    event.name === record.eventName &&
    nanos(event.time) === nanos(record.hrTime) &&
    Object.keys(own).every((key) => key in record.attributes) &&
    Object.entries(record.attributes).every(([key, value]) => {
      if (key in own) return isSame(own[key], value);
      if (!event.name.startsWith('job.')) return false;
      return key === 'job.attempts' || key === 'job.duration' || isSame(said[key], value);
    })
  );
}

function statsFacts({ destinations }) {
  const channels = (name) =>
    Object.fromEntries(
      Object.entries(destinations[name].channels).map(([channel, { routed, ...outcomes }]) => [
        channel,
        outcomes,
      ]),
    );
  const { metrics, ...otel } = channels('otel');
  const { failed, dropped } = metrics;
  return { otel: { ...otel, metrics: { failed, dropped } }, kept: channels('kept') };
}

const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);
const equal = (a, b) => Math.abs(a - b) < 1e-9;

// Whole epochs in nanoseconds do not fit a number.
function nanos([seconds, nanoseconds]) {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}
