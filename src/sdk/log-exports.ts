import type { Connection, LogEntry } from '../delivery/destination.js';
import type { RevealKey } from '../emission/reveal.js';
import { SCOPE } from '../telemetry/scope.js';
import type { BatchOptions } from './batch-options.js';
import type { LogExporterLike } from './exporter-like.js';
import { closer } from './exporter-users.js';
import type { Outlet } from './pipeline.js';
import { Pipeline } from './pipeline.js';
import { readiness } from './resource-ready.js';
import { WaitingRecord } from './waiting-record.js';
import { weightOfRecord } from './weigh.js';

/** The logs channel of an exporter destination: the box's own records, and those of the app's other loggers. */
export class LogExports {
  readonly #pipeline: Pipeline<object>;
  /** An exporter may change what it is given. Records of two destinations therefore share no objects, only values. */
  readonly #scope = { ...SCOPE };
  readonly #eventNames: boolean | undefined;

  constructor(exporter: LogExporterLike, connection: Connection, batch: Required<BatchOptions>) {
    this.#eventNames = connection.eventNames;
    const outlet: Outlet<object> = {
      export: (items, done) => {
        // The app's resource may be found after the record was emitted.
        const resource = connection.resource();
        const records = items.map((item) =>
          item instanceof WaitingRecord ? item.record(this.#scope, resource) : item,
        );
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

  signal(entry: LogEntry, reveal: RevealKey): void {
    const { snapshot, depth } = entry;
    this.#pipeline.push(new WaitingRecord(entry, reveal, this.#eventNames), snapshot.weight(), depth);
  }

  /** Takes a record of one of the app's own loggers. */
  foreign(record: object): void {
    this.#pipeline.push(record, weightOfRecord(record));
  }
}
