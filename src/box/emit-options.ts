import type { Context } from '@opentelemetry/api';
import type { Severity } from '../signal/severity.js';

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

/** What the layers above the core can say of an emit beside that. */
export interface CoreEmitOptions extends EmitOptions {
  /** Attribute keys of which the span in its context tells already: the event on it leaves them out, and all else has them. */
  readonly spanSays?: ReadonlySet<string> | undefined;
}
