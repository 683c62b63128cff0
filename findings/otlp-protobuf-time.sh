#!/usr/bin/env bash
# OpenTelemetry JS's protobuf serializer wraps times that unsigned 64-bit nanoseconds can not hold, in silence: a log record of a second
# before 1970 leaves as one of the evening of 1970-01-01, one of the year 3000 as one of 2415. The JSON serializer of the same package sends the
# true (negative, too large) number as text, which a receiver refuses.
set -u
packages='@opentelemetry/otlp-transformer@0.223.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { JsonLogsSerializer, ProtobufLogsSerializer } = require('@opentelemetry/otlp-transformer');
for (const [name, seconds] of [['1969-12-31T23:59:59Z', -1], ['3000-01-01T00:00:00Z', 32503680000]]) {
  const record = {
    hrTime: [seconds, 0], hrTimeObserved: [0, 0], attributes: {}, body: 'x', severityNumber: 9, severityText: 'INFO',
    droppedAttributesCount: 0, resource: { attributes: {} }, instrumentationScope: { name: 's' },
  };
  const json = new TextDecoder().decode(JsonLogsSerializer.serializeRequest([record]));
  const bytes = Buffer.from(ProtobufLogsSerializer.serializeRequest([record]));
  // The record's field 1, wire type 1 (tag 0x09), is its time; it stands before the severity (tag 0x10, value 9).
  const at = bytes.indexOf(Buffer.from([0x10, 0x09])) - 9;
  const nanos = bytes[at] === 0x09 ? bytes.readBigUInt64LE(at + 1) : undefined;
  const date = new Date(Number(nanos / 1_000_000n)).toISOString();
  console.log(`${name}: JSON ${/"timeUnixNano":"([^"]*)"/.exec(json)[1]}, protobuf ${date.slice(0, 10)}`);
}
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='1969-12-31T23:59:59Z: JSON -1000000000, protobuf 1970-01-01
3000-01-01T00:00:00Z: JSON 32503680000000000000, protobuf 2415-06-13'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
