import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { LogEntry, ResourceLike } from '../delivery/destination.js';
import type { LeavingValues } from '../emission/emission.js';
import type { RevealKey } from '../emission/reveal.js';
import type { Severity } from '../signal/severity.js';
import { severityNumbers } from '../signal/severity.js';
import { recordAttributes, severityTexts } from '../telemetry/log-record.js';
import type { LogRecordToExport } from './exporter-like.js';

/** The trace id of the active span if there is no TracerProvider. */
const NO_TRACE = '00000000000000000000000000000000';

/**
 * The part of an emission that waits for its export. Tens of thousands may wait, so it is small: each export makes the lists and
 * objects that the exporter gets.
 */
export class WaitingRecord {
  readonly #severity: Severity;
  readonly #eventName: string | undefined;
  readonly #body: string;
  /** Shared with all destinations that see the same values of the emission. */
  readonly #attributes: LeavingValues;
  readonly #spanContext: SpanContext | undefined;
  // Two numbers take less memory than a list.
  readonly #seconds: number;
  readonly #nanos: number;
  /** Undefined if it equals the time of the record. */
  readonly #observed: HrTime | undefined;

  constructor(
    { snapshot, time, observed, spanContext }: LogEntry,
    reveal: RevealKey,
    withEventName: boolean | undefined,
  ) {
    const { event } = snapshot.schema.signal;
    this.#severity = snapshot.severity;
    this.#eventName = event === '' ? undefined : event;
    this.#body = snapshot.message();
    this.#attributes = recordAttributes(snapshot, reveal, withEventName);
    this.#spanContext = spanContext && kept(spanContext);
    this.#seconds = time[0];
    this.#nanos = time[1];
    this.#observed = observed === time ? undefined : observed;
  }

  /** Makes the record. The exporter may keep or change it. */
  record(scope: LogRecordToExport['instrumentationScope'], resource: ResourceLike): LogRecordToExport {
    const seconds = this.#seconds;
    const nanos = this.#nanos;
    const observed = this.#observed;
    return {
      hrTime: [seconds, nanos],
      hrTimeObserved: observed ? [observed[0], observed[1]] : [seconds, nanos],
      spanContext: this.#spanContext && copyOf(this.#spanContext),
      severityText: severityTexts[this.#severity],
      severityNumber: severityNumbers[this.#severity],
      body: this.#body,
      eventName: this.#eventName,
      attributes: { ...this.#attributes },
      droppedAttributesCount: 0,
      instrumentationScope: scope,
      resource,
    };
  }
}

// A span mostly has several records in a row. They share one copy of its context, which may not be plain data.
let lastGiven: SpanContext | undefined;
let lastKept: SpanContext | undefined;

function kept(given: SpanContext): SpanContext | undefined {
  if (given !== lastGiven) {
    lastKept = given.traceId === NO_TRACE ? undefined : copyOf(given);
    lastGiven = given;
  }
  return lastKept;
}

function copyOf({ traceId, spanId, traceFlags, traceState, isRemote }: SpanContext): SpanContext {
  const copy = { traceId, spanId, traceFlags, traceState } as SpanContext;
  if (isRemote !== undefined) copy.isRemote = isRemote;
  return copy;
}
