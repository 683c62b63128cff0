import type { Attributes, Context, HrTime } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';
import { spanOf } from './context.js';
import { activeContext } from './context-manager.js';
import { SCOPE } from './scope.js';

const GATE = Symbol.for('signalbox.bridge');

/**
 * Whether bridges leave out the record that a box is handing over, because the box puts the event on the span itself, or wants none.
 * All copies of the package share it: handing over is synchronous, and the box and the bridge need not come from the same copy.
 */
export interface BridgeGate {
  closed: boolean;
  /** The attributes of the event in place of the record's, if a route reveals more to the app's log pipeline. */
  redacted?: object | undefined;
}

export function bridgeGate(): BridgeGate {
  const holder = globalThis as { [GATE]?: BridgeGate };
  holder[GATE] ??= { closed: false };
  return holder[GATE];
}

/** The parts of an SDK log record that the bridge reads; both lines' records fit. */
export interface BridgedRecord {
  readonly eventName?: string | undefined;
  readonly hrTime: HrTime;
  readonly attributes: object;
  readonly instrumentationScope?: { readonly name: string } | undefined;
  readonly spanContext?: { readonly traceId: string; readonly spanId: string } | undefined;
}

/** A log record processor as the SDKs of both lines take it. */
export interface BridgeProcessor {
  onEmit(record: BridgedRecord, context?: Context): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * The event to span event bridge of the logs SDK specification, as a log record processor: every event of every logger becomes a span
 * event on the current recording span that it belongs to. Use it with `createSignalbox({ spanEvents: 'bridge' })`: the box then adds
 * no span events itself. The bridge leaves out signals of boxes that add their own, or want none. It never throws.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/sdk/#event-to-span-event-bridge
 *
 * @example
 * ```ts
 * import { createSignalbox, spanEventBridge } from 'signalbox';
 * const box = createSignalbox({ spanEvents: 'bridge' });
 * const logRecordProcessors = [spanEventBridge()];   // beside the app's own, in NodeSDK's options
 * ```
 */
export function spanEventBridge(): BridgeProcessor {
  const gate = bridgeGate();
  return {
    onEmit(record, context = activeContext()) {
      try {
        const isOurs = record.instrumentationScope?.name === SCOPE.name;
        if (gate.closed && isOurs) return;
        const span = spanOf(context);
        const own = record.spanContext;
        if (!record.eventName || !own || !span?.isRecording()) return;
        const current = span.spanContext();
        if (current.traceId !== own.traceId || current.spanId !== own.spanId) return;
        // All who get the span share it, so the event is redacted.
        const attributes = ((isOurs && gate.redacted) || record.attributes) as Attributes;
        swallow(span.addEvent(record.eventName, attributes, record.hrTime));
      } catch {
        // A span of the app's that throws on addEvent must not stop the processors after this one.
      }
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}
