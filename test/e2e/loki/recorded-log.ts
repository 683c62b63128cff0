import type { OtlpBody, OtlpInstrumentationScope, OtlpLog, OtlpResource } from '../../support/otlp-json.js';
import { attributesOf } from '../../support/otlp-json.js';
import type { ReceivedLog } from '../../support/otlp-model.js';
import { readLogs } from '../../support/otlp-model.js';

/** A log record as it came, with all that it came under: a line of the file of records. */
export interface RecordedLog {
  readonly resource: OtlpResource;
  readonly scope: OtlpInstrumentationScope;
  readonly log: OtlpLog;
}

/** The collector writes an event's name here too, for Loki does not keep the record's own field. */
const EVENT_NAME = 'event.name';

/** The records of a request, each by itself. */
export function recordsOf({ resourceLogs = [] }: OtlpBody): RecordedLog[] {
  return resourceLogs.flatMap(({ resource = {}, scopeLogs }) =>
    scopeLogs.flatMap(({ scope = {}, logRecords = [] }) =>
      logRecords.map((log) => ({ resource, scope, log })),
    ),
  );
}

/** The record as it was sent: its event name is the one that Loki can know. */
export function readRecorded({ resource, scope, log }: RecordedLog): ReceivedLog[] {
  const service = attributesOf(resource.attributes)['service.name'];
  return readLogs({ scope, logRecords: [log] }, service).map((received) => {
    const { [EVENT_NAME]: name, ...attributes } = received.attributes;
    return { ...received, eventName: name === undefined ? undefined : String(name), attributes };
  });
}
