import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { noted } from '../cases/hand-written.js';
import { LOG_ONLY } from '../cases/signals.js';
import type { CountedExporter } from './exporter.js';
import { evenValues } from './payload.js';

/** One way to get log records to an exporter. */
export interface Subject {
  readonly name: string;
  readonly exporter: CountedExporter;
  /** One record, with the values of this number. */
  emit(i: number): void;
  /** Settles when all that was emitted was answered. */
  flush(): Promise<void>;
}

/** As many records as our queue holds by default: theirs loses what comes beyond 2,048. */
const QUEUE = 16_384;

export function rawSdk(exporter: CountedExporter): Subject {
  const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: QUEUE });
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('bench');
  return {
    name: "the SDK's batch processor",
    exporter,
    emit: (i) => logger.emit(noted(evenValues(i))),
    flush: () => processor.forceFlush(),
  };
}

export function exporterDestination(exporter: CountedExporter, inFlight = 1, size = 512): Subject {
  const box = createSignalbox({
    destinations: { collector: exporters({ logs: exporter, batch: { inFlight, size } }) },
  });
  return {
    name: inFlight === 1 ? 'exporter destination' : `exporter destination, ${inFlight} in flight`,
    exporter,
    emit: (i) => box.emit(LOG_ONLY, evenValues(i)),
    flush: () => box.forceFlush(),
  };
}
