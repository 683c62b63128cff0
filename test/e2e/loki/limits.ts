import type { Entry } from '../logql/entry.js';

// Loki's defaults, none of which deploy/loki/config.yaml changes.
const LINE_BYTES = 256 * 1024;
const METADATA_BYTES = 64 * 1024;
const METADATA_ENTRIES = 128;
const PAST_MILLIS = 168 * 3_600_000;
const FUTURE_MILLIS = 600_000;

/** For what Loki would refuse a record, a sentence each. */
export function overLimits({ time, line, metadata }: Entry, nowMillis: number): string[] {
  const bytes = Object.entries(metadata).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  const count = Object.keys(metadata).length;
  const ageMillis = nowMillis - Number(time / 1_000_000n);
  const about = `the record ${metadata.event_name ?? JSON.stringify(line.slice(0, 50))}`;
  return [
    ...(Buffer.byteLength(line) > LINE_BYTES
      ? [`${about} has a line of ${Buffer.byteLength(line)} bytes`]
      : []),
    ...(bytes > METADATA_BYTES ? [`${about} has ${bytes} bytes of structured metadata`] : []),
    ...(count > METADATA_ENTRIES ? [`${about} has ${count} entries of structured metadata`] : []),
    ...(ageMillis > PAST_MILLIS ? [`${about} is ${ageMillis} ms old`] : []),
    ...(ageMillis < -FUTURE_MILLIS ? [`${about} is ${-ageMillis} ms ahead`] : []),
  ];
}
