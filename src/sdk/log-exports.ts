import type { SpanContext } from '@opentelemetry/api';
import type { Connection, LogEntry, ResourceLike } from '../delivery/destination.js';
import type { RevealKey } from '../emission/redact.js';
import { severityNumbers } from '../signal/severity.js';
import { recordAttributes, severityTexts } from '../telemetry/log-record.js';
import { SCOPE } from '../telemetry/scope.js';
import type { BatchOptions } from './batch-options.js';
import type { LogExporterLike, LogRecordToExport } from './like.js';
import type { Outlet } from './pipeline.js';
import { Pipeline } from './pipeline.js';
import { readiness } from './resource.js';
import { closer } from './users.js';
import { weightOfRecord } from './weigh.js';

/** The logs channel of an exporter destination: records of our own making, and those of the app's other loggers. */
export class LogExports {
  readonly #pipeline: Pipeline<object>;
  /** An exporter may change what it is given: nothing of a record is another destination's, but for values. */
  readonly #scope = { ...SCOPE };
  readonly #eventNames: boolean | undefined;

  constructor(exporter: LogExporterLike, connection: Connection, batch: Required<BatchOptions>) {
    this.#eventNames = connection.eventNames;
    const outlet: Outlet<object> = {
      export: (records, done) => {
        const resource = connection.resource();
        for (const record of records) if (isOurs(record)) record.resource = resource;
        return exporter.export(records as never[], done);
      },
      ready: readiness(connection, batch.timeoutMillis),
      forceFlush: () => exporter.forceFlush?.(),
      shutdown: closer(exporter),
    };
    this.#pipeline = new Pipeline<object>(outlet, 'logs', connection, batch);
  }

  get pipeline(): Pipeline<object> {
    return this.#pipeline;
  }

  signal({ snapshot, time, observed, spanContext, depth }: LogEntry, reveal: RevealKey): void {
    const record: LogRecordToExport = {
      hrTime: [time[0], time[1]],
      hrTimeObserved: [observed[0], observed[1]],
      spanContext: spanContext && copyOf(spanContext),
      severityText: severityTexts[snapshot.severity],
      severityNumber: severityNumbers[snapshot.severity],
      body: snapshot.message(),
      eventName: snapshot.schema.signal.event === '' ? undefined : snapshot.schema.signal.event,
      attributes: { ...recordAttributes(snapshot, reveal, this.#eventNames) },
      droppedAttributesCount: 0,
      instrumentationScope: this.#scope,
      resource: UNKNOWN,
    };
    this.#pipeline.push(record, snapshot.weight(), depth);
  }

  /** A record of the app's own. */
  foreign(record: object): void {
    this.#pipeline.push(record, weightOfRecord(record));
  }
}

// Where there is no TracerProvider, the active span has a context that names no trace.
const NO_TRACE = '00000000000000000000000000000000';
const UNKNOWN: ResourceLike = Object.freeze({ attributes: Object.freeze({}) });

// The span's own, which goes on.
function copyOf({ traceId, spanId, traceFlags, traceState, isRemote }: SpanContext): SpanContext | undefined {
  if (traceId === NO_TRACE) return undefined;
  const copy = { traceId, spanId, traceFlags, traceState } as SpanContext;
  if (isRemote !== undefined) copy.isRemote = isRemote;
  return copy;
}

function isOurs(record: object): record is LogRecordToExport {
  return (record as LogRecordToExport).resource === UNKNOWN;
}
