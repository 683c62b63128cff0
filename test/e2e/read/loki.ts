import type { ReceivedLog } from '../../support/otlp-model.js';
import { ask } from './ask.js';
import { attributesFrom } from './keys.js';
import type { RunKey } from './run.js';
import type { Slice } from './slices.js';
import { readSlices } from './slices.js';

// Below Loki's own default of 5000, so that the slicing is used in every run.
const LIMIT = 1000;

/** What `GET /loki/api/v1/query_range` answers for a query of records, as far as it is read. */
export interface LokiAnswer {
  status: string;
  data: { resultType: string; result: LokiStream[] };
}

/** Records that have the same labels, structured metadata included. */
export interface LokiStream {
  stream: Record<string, string>;
  /** Epoch nanoseconds, and the line. */
  values: [string, string][];
}

interface LokiRecord {
  readonly labels: Readonly<Record<string, string>>;
  readonly time: string;
  readonly line: string;
}

/** What Loki makes of a record's own fields, and what it adds. */
const OF_THE_RECORD: ReadonlySet<string> = new Set([
  'trace_id',
  'span_id',
  'flags',
  'event_name',
  'severity_number',
  'severity_text',
  'observed_timestamp',
  'scope_name',
  'scope_version',
  'detected_level',
]);
/** Labels of Loki itself, such as the shard of a stream in which much arrives at once. */
const OF_LOKI = /^__/;
/** Attributes of the resource: Loki lays them beside those of the record. */
const OF_THE_RESOURCE = /^(service|host|os|process|telemetry|deployment)_/;

/** The stream selector and filter of one process's records. */
export function recordsOf({ service, instance }: RunKey): string {
  return `{service_name="${service}"} | service_instance_id="${instance}"`;
}

/** All records of one process. */
export async function askLoki(url: string, run: RunKey): Promise<LokiStream[]> {
  const read = async ({ from, to }: Slice): Promise<LokiRecord[]> => {
    const answer = await ask<LokiAnswer>(`${url}/loki/api/v1/query_range`, {
      query: recordsOf(run),
      start: String(from),
      end: String(to),
      limit: String(LIMIT),
      direction: 'forward',
    });
    return answer.data.result.flatMap(({ stream, values }) =>
      values.map(([time, line]) => ({ labels: stream, time, line })),
    );
  };
  const all = { from: nanos(run.fromMillis), to: nanos(run.toMillis) };
  const records = await readSlices(all, LIMIT, read);
  return records.map(({ labels, time, line }) => ({ stream: labels, values: [[time, line]] }));
}

/** Loki's records as they were sent. */
export function readLoki(streams: readonly LokiStream[]): ReceivedLog[] {
  return streams.flatMap(({ stream, values }) => {
    const own = Object.entries(stream).filter(
      ([name]) => !OF_THE_RECORD.has(name) && !OF_THE_RESOURCE.test(name) && !OF_LOKI.test(name),
    );
    return values.map(([time, line]) => ({
      traceId: stream.trace_id,
      spanId: stream.span_id,
      eventName: stream.event_name,
      time,
      severity: Number(stream.severity_number ?? 0),
      severityText: stream.severity_text,
      body: line,
      attributes: attributesFrom(own),
      scope: stream.scope_name ?? '',
      service: stream.service_name,
    }));
  });
}

function nanos(millis: number): bigint {
  return BigInt(Math.trunc(millis)) * 1_000_000n;
}
