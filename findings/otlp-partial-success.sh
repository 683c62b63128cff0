#!/usr/bin/env bash
# An OTLP endpoint that rejects records answers with a partial success. The OTLP exporters of OpenTelemetry JS report that as a plain
# success to whoever exports: what was rejected stands in one line of diag, and no processor or queue can count it.
set -u
packages='@opentelemetry/exporter-logs-otlp-http@0.223.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { createServer } = require('node:http');
const { diag, DiagLogLevel } = require('@opentelemetry/api');
const { OTLPLogExporter } = require('@opentelemetry/exporter-logs-otlp-http');
let told = 0;
const silent = { error() {}, info() {}, debug() {}, verbose() {}, warn: (line) => (told += /partial success/i.test(line) ? 1 : 0) };
diag.setLogger(silent, DiagLogLevel.WARN);
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ partialSuccess: { rejectedLogRecords: '1', errorMessage: 'no' } }));
  });
});
server.listen(0, '127.0.0.1', () => {
  const exporter = new OTLPLogExporter({ url: `http://127.0.0.1:${server.address().port}/v1/logs` });
  const time = [1700000000, 0];
  const record = {
    hrTime: time, hrTimeObserved: time, attributes: {}, body: 'x', severityNumber: 9, droppedAttributesCount: 0,
    resource: { attributes: {} }, instrumentationScope: { name: 's' },
  };
  exporter.export([record], ({ code, error }) => {
    const how = error ? `the error ${error.message}` : 'without an error';
    console.log(`the endpoint rejected 1 of 1, the exporter answered code ${code} ${how}, and diag was told ${told} time`);
    process.exit();
  });
});
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='the endpoint rejected 1 of 1, the exporter answered code 0 without an error, and diag was told 1 time'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
