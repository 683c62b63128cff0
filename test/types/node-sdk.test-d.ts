import type { ContextManager, TextMapPropagator } from '@opentelemetry/api';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { api, core, logs, metrics, NodeSDK, node, resources } from '@opentelemetry/sdk-node';
import { createSignalbox } from 'signalbox';
import type { AddedOptions } from 'signalbox/sdk';
import { exporters, nodeSdk } from 'signalbox/sdk';
import { expectTypeOf, test } from 'vitest';

const box = createSignalbox({
  destinations: { collector: exporters({ spans: new node.InMemorySpanExporter() }) },
  otherTelemetry: 'collector',
});
declare const contextManager: ContextManager;
declare const propagator: TextMapPropagator;
declare const sampler: node.Sampler;
declare const idGenerator: node.IdGenerator;
declare const instrumentation: NodeSDKConfiguration['instrumentations'][number];

test('nodeSdk() - NodeSDK takes its result without options', () => {
  new NodeSDK(nodeSdk(box));
  new NodeSDK(nodeSdk(box, {}));
  new NodeSDK(nodeSdk(createSignalbox()));
});

test('nodeSdk() - NodeSDK takes its result with each of the options that it has', () => {
  new NodeSDK(nodeSdk(box, { serviceName: 'shop' }));
  new NodeSDK(nodeSdk(box, { autoDetectResources: false }));
  new NodeSDK(nodeSdk(box, { contextManager }));
  new NodeSDK(nodeSdk(box, { textMapPropagator: propagator }));
  new NodeSDK(nodeSdk(box, { textMapPropagator: null }));
  new NodeSDK(
    nodeSdk(box, {
      logRecordProcessor: new logs.SimpleLogRecordProcessor({
        exporter: new logs.InMemoryLogRecordExporter(),
      }),
    }),
  );
  new NodeSDK(
    nodeSdk(box, {
      logRecordProcessors: [
        new logs.BatchLogRecordProcessor({ exporter: new logs.InMemoryLogRecordExporter() }),
      ],
    }),
  );
  const metricReader = new metrics.PeriodicExportingMetricReader({
    exporter: new metrics.ConsoleMetricExporter(),
  });
  new NodeSDK(nodeSdk(box, { metricReader }));
  new NodeSDK(nodeSdk(box, { metricReaders: [metricReader] }));
  new NodeSDK(nodeSdk(box, { views: [{ instrumentName: '*', meterName: 'shop' }] }));
  new NodeSDK(nodeSdk(box, { instrumentations: [instrumentation, [instrumentation]] }));
  new NodeSDK(nodeSdk(box, { instrumentations: [box.instrumentation()] }));
  new NodeSDK(nodeSdk(box, { resource: resources.resourceFromAttributes({ 'service.name': 'shop' }) }));
  new NodeSDK(nodeSdk(box, { resourceDetectors: [resources.hostDetector] }));
  new NodeSDK(nodeSdk(box, { sampler }));
  new NodeSDK(nodeSdk(box, { spanProcessor: new node.SimpleSpanProcessor(new node.InMemorySpanExporter()) }));
  new NodeSDK(
    nodeSdk(box, { spanProcessors: [new node.BatchSpanProcessor(new node.InMemorySpanExporter())] }),
  );
  new NodeSDK(nodeSdk(box, { traceExporter: new node.InMemorySpanExporter() }));
  new NodeSDK(nodeSdk(box, { spanLimits: { eventCountLimit: 200 } }));
  new NodeSDK(nodeSdk(box, { idGenerator }));
});

test('nodeSdk() - NodeSDK takes its result with all options at once, and kept elsewhere', () => {
  const options = {
    serviceName: 'shop',
    autoDetectResources: true,
    contextManager,
    textMapPropagator: new core.W3CTraceContextPropagator(),
    logRecordProcessors: [
      new logs.SimpleLogRecordProcessor({ exporter: new logs.InMemoryLogRecordExporter() }),
    ],
    metricReaders: [
      new metrics.PeriodicExportingMetricReader({ exporter: new metrics.ConsoleMetricExporter() }),
    ],
    views: [{ instrumentName: 'shop.*' }],
    instrumentations: [instrumentation],
    resource: resources.emptyResource(),
    resourceDetectors: [resources.envDetector],
    sampler: new node.AlwaysOnSampler(),
    spanProcessors: [new node.SimpleSpanProcessor(new node.ConsoleSpanExporter())],
    spanLimits: { eventCountLimit: 200 },
    idGenerator: new node.RandomIdGenerator(),
  };
  new NodeSDK(nodeSdk(box, options));
  const typed: Partial<NodeSDKConfiguration> = options;
  new NodeSDK(nodeSdk(box, typed));
});

test('nodeSdk() - the type of its result has the options given and what is added', () => {
  const made = nodeSdk(box, { serviceName: 'shop' });
  expectTypeOf(made).toExtend<AddedOptions>();
  expectTypeOf(made.serviceName).toEqualTypeOf<string>();
});

test('nodeSdk() - what is no box does not compile', () => {
  // @ts-expect-error the options stand where the box should
  nodeSdk({ serviceName: 'shop' });
  // @ts-expect-error a list of exporters is no exporter's option
  nodeSdk(box, { spanProcessors: new node.SimpleSpanProcessor(new node.InMemorySpanExporter()) });
  api.diag.disable();
});
