import type { Connection, LogEntry, ResourceLike } from '../delivery/destination.js';
import { severityNumbers } from '../signal/severity.js';
import { recordAttributes, severityTexts } from '../telemetry/log-record.js';
import { SCOPE } from '../telemetry/providers.js';
import type { LogExporterLike, LogRecordToExport } from './like.js';
import type { BatchOptions } from './pipeline.js';
import { Pipeline } from './pipeline.js';
import { resourceReady } from './resource.js';

/** The logs channel of an exporter destination: records of our own making, and those of the app's other loggers. */
export class LogExports {
  readonly #pipeline: Pipeline<object>;
  readonly #resource: () => ResourceLike;
  readonly #eventNames: boolean | undefined;

  constructor(exporter: LogExporterLike, connection: Connection, batch: Required<BatchOptions>) {
    this.#resource = connection.resource;
    this.#eventNames = connection.eventNames;
    const outlet = {
      export: (records: object[], done: Parameters<LogExporterLike['export']>[1]) => {
        const resource = this.#resource();
        for (const record of records) if (isOurs(record)) record.resource = resource;
        return exporter.export(records as never[], done);
      },
      ready: () => resourceReady(this.#resource()),
      forceFlush: () => exporter.forceFlush?.(),
      shutdown: () => exporter.shutdown(),
    };
    this.#pipeline = new Pipeline<object>(outlet, 'logs', connection, batch);
  }

  get pipeline(): Pipeline<object> {
    return this.#pipeline;
  }

  signal(entry: LogEntry): void {
    const { snapshot, time, observed, spanContext } = entry;
    const record: LogRecordToExport = {
      hrTime: time,
      hrTimeObserved: observed,
      spanContext: spanContext?.traceId === NO_TRACE ? undefined : spanContext,
      severityText: severityTexts[snapshot.severity],
      severityNumber: severityNumbers[snapshot.severity],
      body: snapshot.message(),
      eventName: snapshot.schema.signal.event === '' ? undefined : snapshot.schema.signal.event,
      attributes: recordAttributes(entry, this.#eventNames),
      droppedAttributesCount: 0,
      instrumentationScope: SCOPE,
      resource: UNKNOWN,
    };
    this.#pipeline.push(record);
  }
}

// Where there is no TracerProvider, the active span has a context that names no trace.
const NO_TRACE = '00000000000000000000000000000000';
const UNKNOWN: ResourceLike = { attributes: {} };

function isOurs(record: object): record is LogRecordToExport {
  return (record as LogRecordToExport).resource === UNKNOWN;
}
