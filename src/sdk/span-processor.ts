import type { Context } from '@opentelemetry/api';
import type { Core, WithCore } from '../box/core.js';
import { coreOf } from '../box/core.js';
import type { SpanLike } from './exporter-like.js';
import { flush } from './flush-channel.js';

/** A span processor as the TracerProviders of both lines take it. */
export interface SpanProcessorLike {
  onStart(span: SpanLike, parentContext: Context): void;
  onEnd(span: SpanLike): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

const SAMPLED = 1;

/** The box of each processor, so that no box gets its spans twice. */
const made = new WeakMap<object, Core>();

/**
 * Takes the app's spans to the exporter destinations of a box, as its routes say. Use it if you build your TracerProvider by hand;
 * `nodeSdk` adds it to NodeSDK. The processor never throws.
 *
 * @param box What `createSignalbox` returned.
 * @throws {SignalboxError} If `box` is not a signalbox.
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-processor
 *
 * @example
 * ```ts
 * import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
 * import { createSignalbox } from 'signalbox';
 * import { spanProcessor } from 'signalbox/sdk';
 *
 * const box = createSignalbox();
 * new BasicTracerProvider({ spanProcessors: [spanProcessor(box)] });
 * ```
 */
export function spanProcessor(box: WithCore): SpanProcessorLike {
  const core = coreOf('spanProcessor', box);
  core.spanRoutes.install();
  const processor: SpanProcessorLike = {
    onStart(span, parentContext) {
      try {
        core.resource.saw(span.resource);
        core.spanRoutes.started(span.spanContext(), parentContext);
      } catch (error) {
        core.report('spanProcessor', 'a span could not be routed', error);
      }
    },
    onEnd(span) {
      try {
        const spanContext = span.spanContext();
        // Spans that are recorded but not sampled end here too.
        if ((spanContext.traceFlags & SAMPLED) === 0 || !core.enabled()) return;
        for (const name of core.spanRoutes.ended(spanContext)) core.ports.get(name)?.span?.(span);
      } catch (error) {
        core.report('spanProcessor', 'a span could not be routed', error);
      }
    },
    forceFlush: () => flush(core, 'spans'),
    shutdown: () => flush(core, 'spans'),
  };
  made.set(processor, core);
  return processor;
}

/** Whether `processor` is a span processor of that box. */
export function isProcessorOf(core: Core, processor: unknown): boolean {
  return typeof processor === 'object' && processor !== null && made.get(processor) === core;
}
