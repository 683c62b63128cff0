import type { Context, HrTime } from '@opentelemetry/api';
import type { LeavingValues } from '../emission/emission.js';
import type { Severity } from '../signal/severity.js';

/** A log record as the Logs API of both lines takes it. */
export interface LogRecordLike {
  readonly eventName: string | undefined;
  readonly timestamp: HrTime;
  readonly observedTimestamp: HrTime;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: LeavingValues;
  readonly context: Context;
}

export interface LoggerLike {
  emit(record: LogRecordLike): void;
  enabled?(options: {
    readonly context?: Context;
    readonly severityNumber?: number;
    readonly eventName?: string;
  }): boolean;
}

export interface LoggerProviderLike {
  getLogger(name: string, version?: string): LoggerLike;
}

export const severityTexts: Readonly<Record<Severity, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
};
