import { createSignalbox } from 'signalbox';
import { JOB_ABANDONED, QUEUE_BACKLOG } from 'signalbox/jobs';
import { auditFile, consoleSink, sink } from 'signalbox/sinks';
import { PAYMENT_PROCESSED, REPORT_GENERATED } from './signals.js';

/** What differs from run to run. */
export interface TelemetryOptions {
  readonly format: 'pretty' | 'json';
  /** The file of the audit trail. */
  readonly audit: string;
  /** Gets the alerts, a line each. */
  readonly page: (line: string) => void;
}

/** The box: where each signal goes is said here, and nowhere else. */
export function createBox({ format, audit, page }: TelemetryOptions) {
  return createSignalbox({
    destinations: {
      console: consoleSink({ format }),
      alerts: sink(({ signal, message }) => page(`ALERT: ${signal} - ${message}`)),
      audit: auditFile({ path: audit }),
    },
    routes: [
      { signals: '*', to: 'otel' },
      { minSeverity: 'info', to: 'console' },
      { signals: [JOB_ABANDONED, QUEUE_BACKLOG], to: 'alerts' },
      { minSeverity: 'error', to: 'alerts' },
      // Without `reveal`: the trail says what was done, not to whom.
      { signals: [PAYMENT_PROCESSED, REPORT_GENERATED], to: 'audit' },
    ],
  });
}

export type Box = ReturnType<typeof createBox>;
