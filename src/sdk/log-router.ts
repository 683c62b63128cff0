import type { Core } from '../box/core.js';
import type { ResourceLike } from '../delivery/destination.js';
import { OTEL } from '../telemetry/otel.js';
import { SCOPE } from '../telemetry/scope.js';
import { flush } from './flush-channel.js';

/** A log record of an SDK, as far as we look into it. */
export interface SdkLogRecord {
  readonly instrumentationScope: { readonly name: string };
  readonly resource?: ResourceLike | undefined;
}

/** A log record processor as the LoggerProviders of both lines take it. */
export interface LogRecordProcessorLike {
  onEmit(record: SdkLogRecord): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Takes the records of the app's other loggers, and those of other boxes, to the destination of other telemetry. The box's own
 * records reach destinations by routes.
 */
export function logRouter(core: Core): LogRecordProcessorLike {
  return {
    onEmit(record) {
      try {
        if (!core.enabled()) return;
        core.resource.saw(record.resource);
        if (record.instrumentationScope.name === SCOPE.name && core.ports.get(OTEL)?.handing) return;
        core.ports.get(core.otherTelemetry)?.record?.(record);
      } catch (error) {
        core.report('logRouter', 'a log record could not be routed', error);
      }
    },
    forceFlush: () => flush(core, 'logs'),
    shutdown: () => flush(core, 'logs'),
  };
}
