/**
 * How severe a signal is, in the words of OpenTelemetry's log data model.
 * @see https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
 */
export type Severity = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** The severity numbers of OpenTelemetry's log data model (the first of each range). */
export const severityNumbers: Readonly<Record<Severity, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

export const severities: readonly Severity[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export function isSeverity(value: unknown): value is Severity {
  return typeof value === 'string' && Object.hasOwn(severityNumbers, value);
}
