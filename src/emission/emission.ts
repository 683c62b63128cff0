import type { Severity } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';

/** A value that may leave the process. */
export type Leaving = string | number | boolean | readonly string[];

/** Frozen values by name. */
export type LeavingValues = Readonly<Record<string, Leaving>>;

/** The parts of an error that may leave. Its field holds the message alone. */
export interface EmissionError {
  /** `error.code` if it is a short identifier, else `error.name`; `_OTHER` for values that are not errors. */
  readonly type: string;
  readonly message: string;
  /** With the stacks of its causes, each after `Caused by: `. */
  readonly stack?: string | undefined;
}

/** One frozen occurrence of a signal: what sinks see. */
export interface Emission {
  /** The signal's name, as in `JOB_COMPLETED`. */
  readonly signal: string;
  /** The OpenTelemetry event name, as in `job.completed`. Empty for plain level records. */
  readonly event: string;
  readonly severity: Severity;
  readonly severityNumber: number;
  readonly message: string;
  /** The time of the event: epoch milliseconds with fractions, to the microsecond. */
  readonly timestamp: number;
  /** The values by their names in code, in declared order; durations in milliseconds, times as ISO 8601, errors as their messages. */
  readonly fields: LeavingValues;
  /**
   * The errors among the fields, with type and stack, by the names of their fields. Undefined if there are none. A sensitive error is absent
   * unless a route reveals it.
   */
  readonly errors?: Readonly<Record<string, EmissionError>> | undefined;
  /** The values by attribute keys, as on the wire; durations in seconds. */
  readonly attributes: LeavingValues;
  /** The span that was active, if any. */
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  /** The signal's definition; `definition.fields[name].kind` tells a formatter what a value is. */
  readonly definition: AnySignal;
}
