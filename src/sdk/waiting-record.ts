import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { LogEntry, ResourceLike } from '../delivery/destination.js';
import type { LeavingValues } from '../emission/emission.js';
import type { RevealKey } from '../emission/reveal.js';
import type { Severity } from '../signal/severity.js';
import { severityNumbers } from '../signal/severity.js';
import { recordAttributes, severityTexts } from '../telemetry/log-record.js';
import type { LogRecordToExport } from './exporter-like.js';

/** Where there is no TracerProvider, the active span has a context that names no trace. */
const NO_TRACE = '00000000000000000000000000000000';

/**
 * What is kept of an emission until it is exported. Tens of thousands may wait, so it is small: the lists and objects that an exporter is
 * given are made for the export, anew for each.
 */
export class WaitingRecord {
  readonly #severity: Severity;
  readonly #eventName: string | undefined;
  readonly #body: string;
  /** Shared with all who are told the same of the emission. */
  readonly #attributes: LeavingValues;
  readonly #spanContext: SpanContext | undefined;
  // Two small numbers in place of a list of them.
  readonly #seconds: number;
  readonly #nanos: number;
  /** None where it is the time itself. */
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

  /** The record, for an exporter to keep or to change. */
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

// A span mostly brings several records, one after the other: they share a copy of what is the span's own, and may be no plain data.
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
