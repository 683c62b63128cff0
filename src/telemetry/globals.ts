import type { ContextManager, MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import { API_GLOBAL } from '../delivery/api-global.js';
import type { LoggerProviderLike } from './log-record.js';

export { API_GLOBAL };

// We read the api's global registry symbols: the accessors of an api copy of the other line silently answer with no-ops.
const LOGS = Symbol.for('io.opentelemetry.js.api.logs');
const LOGS_VERSION = 1;

interface Registry {
  /** The version of the api copy that registered something first. */
  readonly version?: string;
  readonly trace?: TracerProvider;
  readonly metrics?: MeterProvider;
  readonly logs?: LoggerProviderLike;
  readonly context?: ContextManager;
  readonly propagation?: TextMapPropagator;
}

interface Holder {
  readonly [API_GLOBAL]?: Registry;
  readonly [LOGS]?: (version: number) => LoggerProviderLike | undefined;
}

export function registry(): Registry | undefined {
  return (globalThis as Holder)[API_GLOBAL];
}

/** The global LoggerProvider of either line. */
export function globalLogs(): LoggerProviderLike | undefined {
  return registry()?.logs ?? (globalThis as Holder)[LOGS]?.(LOGS_VERSION);
}
