import { Account } from '../delivery/account.js';
import { defaultCapacityBytes } from '../delivery/bounded-queue.js';
import { withDeadline } from '../delivery/deadline.js';
import type { Connection } from '../delivery/destination.js';
import { newMark } from '../delivery/loop-mark.js';
import { createReport } from '../delivery/report.js';
import { SUPPRESS_KEY } from '../telemetry/context.js';
import { runIn } from '../telemetry/context-manager.js';
import { Home } from '../telemetry/home-context.js';
import { defaultSizeBytes } from './batch-options.js';
import { countFromEnvironment } from './count-from-environment.js';
import type { SpanExporterLike, SpanLike } from './exporter-like.js';
import { closer } from './exporter-users.js';
import type { Outlet } from './pipeline.js';
import { Pipeline } from './pipeline.js';
import { readiness } from './resource-ready.js';
import type { SpanProcessorLike } from './span-processor.js';
import { weightOfSpan } from './weigh.js';

/**
 * Builds what NodeSDK builds from its `traceExporter`: a batch processor with the settings of the environment's OTEL_BSP_* variables.
 * NodeSDK can not build it here, because it ignores `traceExporter` as soon as there is another processor.
 */
export function batchSpanProcessor(exporter: SpanExporterLike): SpanProcessorLike {
  const timeoutMillis = countFromEnvironment('OTEL_BSP_EXPORT_TIMEOUT', 30_000);
  const queue = countFromEnvironment('OTEL_BSP_MAX_QUEUE_SIZE', 2048);
  const size = Math.min(queue, countFromEnvironment('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512));
  const connection = ownConnection();
  let newest: SpanLike | undefined;
  const ready = readiness(
    { ...connection, resource: () => newest?.resource ?? { attributes: {} } },
    timeoutMillis,
  );
  const outlet: Outlet<object> = {
    export: (spans, done) => exporter.export(spans as never[], done),
    ready,
    forceFlush: () => exporter.forceFlush?.(),
    shutdown: closer(exporter),
  };
  const pipeline = new Pipeline<object>(outlet, 'spans', connection, {
    // The SDK's queue does not count the batch in flight, but this capacity does.
    capacity: queue + size,
    capacityBytes: defaultCapacityBytes,
    size,
    // The SDK's processor bounds its batches only by the number of spans.
    sizeBytes: defaultSizeBytes,
    delayMillis: countFromEnvironment('OTEL_BSP_SCHEDULE_DELAY', 5000),
    timeoutMillis,
    inFlight: 1,
    whenFull: 'dropNewest',
  });
  return {
    onStart() {},
    onEnd(span) {
      if ((span.spanContext().traceFlags & 1) === 0) return;
      newest = span;
      pipeline.push(span, weightOfSpan(span));
    },
    forceFlush: () => withDeadline(timeoutMillis, (deadline) => pipeline.forceFlush(deadline)),
    shutdown: () => withDeadline(timeoutMillis, (deadline) => pipeline.shutdown(deadline)),
  };
}

// The app's own exporter is no destination of a box. Only `diag` reports what becomes of its spans.
function ownConnection(): Connection {
  const account = new Account();
  const home = new Home();
  return {
    name: 'traceExporter',
    account: () => account,
    report: createReport(),
    mark: (around) => newMark(around, account),
    inside: (fn) =>
      home.call(() => {
        const context = home.context();
        return context ? runIn(context.setValue(SUPPRESS_KEY, true), fn) : fn();
      }),
    home: (fn) => home.run(fn),
    now: () => Date.now(),
    shared: (_key, make) => make(),
    takesInstrument: () => false,
    resource: () => ({ attributes: {} }),
  };
}
