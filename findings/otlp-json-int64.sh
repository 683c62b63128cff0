#!/usr/bin/env bash
# OpenTelemetry JS writes every whole number as OTLP/JSON `intValue`, also those that no 64-bit integer can hold: 1e21 leaves as
# `"intValue":1e+21`. A receiver that reads the schema (int64) has to refuse the whole request. The protobuf serializer of the same
# package sends the same number as a double.
set -u
packages='@opentelemetry/otlp-transformer@0.223.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { JsonLogsSerializer, ProtobufLogsSerializer } = require('@opentelemetry/otlp-transformer');
const time = [1700000000, 0];
const record = {
  hrTime: time, hrTimeObserved: time, attributes: { total: 1e21 }, body: 'x', severityNumber: 9, severityText: 'INFO',
  droppedAttributesCount: 0, resource: { attributes: {} }, instrumentationScope: { name: 'scope' },
};
const json = new TextDecoder().decode(JsonLogsSerializer.serializeRequest([record]));
console.log('JSON     ', /"key":"total","value":(\{[^}]*\})/.exec(json)[1]);
const bytes = Buffer.from(ProtobufLogsSerializer.serializeRequest([record]));
const double = Buffer.alloc(8);
double.writeDoubleLE(1e21);
// Field 4 of AnyValue, wire type 1: a double.
console.log('protobuf ', bytes.includes(Buffer.concat([Buffer.from([0x21]), double])) ? 'a double of 1e21' : 'something else');
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='JSON      {"intValue":1e+21}
protobuf  a double of 1e21'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
