import type { Context } from '@opentelemetry/api';
import type { Severity } from './signal/severity.js';

/** What can be said of one emit beside its fields. */
export interface EmitOptions {
  /** For this emission alone. Default: the signal's. */
  readonly severity?: Severity;
  /** For this emission alone. Default: the signal's. */
  readonly message?: string;
  /** The OpenTelemetry context that it happened in. Default: the active one. */
  readonly context?: Context;
  /** When it happened: epoch milliseconds. Default: now. */
  readonly timestamp?: number;
}
