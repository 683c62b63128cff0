// An app with a NodeSDK of its own, in a process of its own: as it is, or with its options given to nodeSdk(box, …). Prints what
// arrived at its exporters and at the box's destinations as JSON.
import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters, nodeSdk } from 'signalbox/sdk';
import { loadOpenTelemetry } from './packages.mjs';

const { merged, spansBy } = JSON.parse(process.argv[2]);
const otel = await loadOpenTelemetry('esm');
const NodeSDK = await otel.loadNodeSdk();
const { api, logsApi } = otel;

function kept() {
  const items = [];
  return {
    items,
    export: (batch, done) => {
      items.push(...(Array.isArray(batch) ? batch : [batch]));
      done({ code: 0 });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
    selectAggregationTemporality: () => 1,
  };
}

const own = { spans: kept(), logs: kept(), injected: 0, handed: [] };
const reader = new (class extends otel.MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
})();
const options = {
  serviceName: 'shop',
  ...(spansBy === 'exporter'
    ? { traceExporter: own.spans }
    : { spanProcessors: [otel.spanProcessor(own.spans)] }),
  logRecordProcessors: [new otel.LogProcessor({ exporter: own.logs })],
  metricReaders: [reader],
  views: [{ instrumentName: 'shop.orders', attributesProcessors: [{ process: ({ kind }) => ({ kind }) }] }],
  sampler: {
    shouldSample: (_context, _trace, name) => ({ decision: name === 'skipped' ? 0 : 2 }),
    toString: () => 'ByName',
  },
  textMapPropagator: {
    inject: (context, carrier, setter) => {
      own.injected++;
      new otel.Propagator().inject(context, carrier, setter);
    },
    extract: (context, carrier, getter) => new otel.Propagator().extract(context, carrier, getter),
    fields: () => ['traceparent'],
  },
  resourceDetectors: [
    { detect: () => ({ attributes: { 'shop.detected': 'yes', 'shop.late': Promise.resolve('too') } }) },
  ],
  instrumentations: [
    {
      instrumentationName: 'shop-instrumentation',
      instrumentationVersion: '1',
      enable() {},
      disable() {},
      setTracerProvider: () => own.handed.push('tracer'),
      setMeterProvider: () => own.handed.push('meter'),
      setLoggerProvider: () => own.handed.push('logger'),
      setConfig() {},
      getConfig: () => ({ enabled: true }),
    },
  ],
};

const a = { logs: kept(), spans: kept(), metrics: kept() };
const b = { logs: kept(), spans: kept(), metrics: kept() };
const PAID = defineSignal('PAID', {
  fields: { user: field.id({ sensitive: true }), currency: field.string() },
  metrics: [{ type: 'counter', name: 'paid', unit: '{payment}', by: ['currency'] }],
});
let box;
if (merged) {
  box = createSignalbox({
    destinations: { a: exporters(a), b: exporters(b) },
    otherTelemetry: 'a',
    routes: [
      { signals: '*', to: 'a' },
      { signals: PAID, to: 'b', reveal: ['user'] },
    ],
  });
}

const sdk = new NodeSDK(box ? nodeSdk(box, options) : options);
sdk.start();

const tracer = api.trace.getTracer('shop');
tracer.startActiveSpan('order', (span) => {
  tracer.startSpan('skipped').end();
  tracer.startSpan('stock', { attributes: { item: 'book' } }).end();
  api.propagation.inject(api.context.active(), {});
  logsApi.getLogger('shop').emit({ body: 'ordered', attributes: { item: 'book' }, severityNumber: 9 });
  span.end();
});
api.metrics.getMeter('shop').createCounter('shop.orders').add(2, { kind: 'book', id: '17' });

if (box) {
  const queue = createJobs(box).queue('mail', { types: ['receipt'] });
  for (const id of ['1', '2']) {
    const enqueue = queue.enqueue({ id, type: 'receipt' });
    enqueue.accepted();
    const info = { job: { id, type: 'receipt' }, carrier: enqueue.carrier, number: 1 };
    await queue.process(
      info,
      () => id === '1' && box.emit(PAID, { user: 'u-1', currency: 'EUR' }),
      () => ({ retry: false, reason: 'max_attempts' }),
    );
  }
}

const { resourceMetrics } = await reader.collect();
const shutdown = await box?.shutdown();
await sdk.shutdown();

const spanFacts = ({ name, kind, attributes, status, resource }) => ({
  name,
  kind,
  attributes,
  status,
  resource: resourceFacts(resource),
});
const logFacts = ({ eventName, body, attributes, resource }) => ({
  eventName: eventName ?? null,
  body,
  attributes,
  resource: resourceFacts(resource),
});
function resourceFacts({ attributes }) {
  return Object.fromEntries(
    ['service.name', 'shop.detected', 'shop.late'].map((key) => [key, attributes[key]]),
  );
}
const metricFacts = ({ scope, metrics }) =>
  metrics.map(({ descriptor, dataPoints }) => [
    scope.name,
    descriptor.name,
    dataPoints.map(({ attributes, value }) => [attributes, typeof value === 'number' ? value : value.count]),
  ]);
const isTheApps = ({ instrumentationScope }) => instrumentationScope.name !== 'signalbox';
const destination = ({ logs, spans, metrics }) => ({
  logs: logs.items.map(logFacts),
  spans: spans.items.map((span) => `${span.name} ${span.attributes['job.id'] ?? ''}`.trim()).sort(),
  resources: [
    ...new Set(
      [...spans.items, ...logs.items, ...metrics.items].map((item) =>
        JSON.stringify(resourceFacts(item.resource)),
      ),
    ),
  ],
  // The last state of each series: what is cumulative is exported again and again.
  metrics: Object.fromEntries(
    metrics.items
      .flatMap((item) => item.scopeMetrics.flatMap(metricFacts))
      .map(([scope, name, points]) => [`${scope} ${name}`, points]),
  ),
});
process.stdout.write(
  JSON.stringify({
    app: {
      spans: own.spans.items.filter(isTheApps).map(spanFacts),
      logs: own.logs.items.map(logFacts),
      metrics: resourceMetrics.scopeMetrics.flatMap(metricFacts),
      handed: own.handed.sort(),
      injected: own.injected > 0,
    },
    ...(box ? { a: destination(a), b: destination(b), shutdown } : {}),
  }),
);
process.exit(0);
