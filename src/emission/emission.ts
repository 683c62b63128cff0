import type { Severity } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';

/** A value that may leave the process. */
export type Leaving = string | number | boolean | readonly string[];

/** Frozen values by name. */
export type LeavingValues = Readonly<Record<string, Leaving>>;

/** What may leave of an error, beside the message that its field is. */
export interface EmissionError {
  /** `error.code` where it is a short identifier, else `error.name`; `_OTHER` for things that are no errors. */
  readonly type: string;
  readonly message: string;
  /** With the stacks of its causes, each behind `Caused by: `. */
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
  /** When it happened: epoch milliseconds with fractions, to the microsecond. */
  readonly timestamp: number;
  /** By names in code, in declared order; durations in milliseconds, times as ISO 8601, errors as their message. */
  readonly fields: LeavingValues;
  /**
   * The errors among the fields, whole, by the names of their fields. Not there where there are none; without those that are sensitive
   * and that no route reveals.
   */
  readonly errors?: Readonly<Record<string, EmissionError>> | undefined;
  /** By attribute keys, as on the wire; durations in seconds. */
  readonly attributes: LeavingValues;
  /** The span that was active, if any. */
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  /** The signal's definition; `definition.fields[name].kind` tells a formatter what a value is. */
  readonly definition: AnySignal;
}
