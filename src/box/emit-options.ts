import type { Context } from '@opentelemetry/api';
import type { Severity } from '../signal/severity.js';

/** Options of one emit. */
export interface EmitOptions {
  /** For this emission alone. Default: the signal's. */
  readonly severity?: Severity;
  /** For this emission alone. Default: the signal's. */
  readonly message?: string;
  /** The OpenTelemetry context of the emission. Default: the active one. */
  readonly context?: Context;
  /** The time of the event in epoch milliseconds. Default: now. */
  readonly timestamp?: number;
}

/** Options of one emit from the layers above the core. */
export interface CoreEmitOptions extends EmitOptions {
  /** Attribute keys that the span in the context has already. Only the span event leaves them out. */
  readonly spanSays?: ReadonlySet<string> | undefined;
}
