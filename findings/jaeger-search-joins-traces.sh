#!/usr/bin/env bash
# Jaeger 2.13 with Badger joins the parts of a search by trace, and not by span: an operation together with a shortest duration finds a
# trace in which another span lasts that long. Builds Jaeger of published Go modules, which takes some minutes; JAEGER may name a program
# of that version.
set -u
name='github.com/jaegertracing/jaeger'
version='v1.76.0'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
jaeger=${JAEGER:-$directory/jaeger}
if [ -z "${JAEGER:-}" ]; then
  export GOFLAGS=-mod=mod GOWORK=off
  source=$(go mod download -json "$name@$version" 2>/dev/null | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  [ -n "$source" ] || { echo "could not fetch $name@$version"; exit 2; }
  go mod init finding.invalid/jaeger >/dev/null 2>&1
  cp "$source/go.sum" go.sum
  sed -n '/=>/p' "$source/go.mod" | grep -v '=> *\.' | sed 's/^[[:space:]]*replace //; s/^[[:space:]]*/replace /' >>go.mod
  { go get -tool "$name/cmd/jaeger@$version" && go build -o "$jaeger" "$name/cmd/jaeger"; } >/dev/null 2>&1 ||
    { echo "could not build $name@$version"; exit 2; }
fi
cat >try.mjs <<'JS'
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const port = () =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
const [otlp, http, grpc, health] = await Promise.all([port(), port(), port(), port()]);
writeFileSync(
  'config.yaml',
  `
extensions:
  healthcheckv2: { use_v2: true, http: { endpoint: '127.0.0.1:${health}' } }
  jaeger_storage: { backends: { store: { badger: { ephemeral: true } } } }
  jaeger_query: { storage: { traces: store }, http: { endpoint: '127.0.0.1:${http}' }, grpc: { endpoint: '127.0.0.1:${grpc}' } }
receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${otlp}' } } } }
exporters: { jaeger_storage_exporter: { trace_storage: store } }
service:
  extensions: [healthcheckv2, jaeger_storage, jaeger_query]
  pipelines: { traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] } }
  telemetry: { logs: { level: error }, metrics: { level: none } }
`,
);
const jaeger = spawn(process.argv[2], ['--config=config.yaml'], { stdio: 'ignore' });
const until = async (what) => {
  for (let i = 0; i < 150; i++) {
    const answer = await what().catch(() => undefined);
    if (answer) return answer;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error('Jaeger gave no answer');
};
const search = async (more) => {
  const now = Date.now() * 1000;
  const asked = new URLSearchParams({ service: 'shop', start: now - 36e8, end: now, ...more });
  return (await (await fetch(`http://127.0.0.1:${http}/api/traces?${asked}`)).json()).data;
};
try {
  await until(async () => (await fetch(`http://127.0.0.1:${health}/status`)).ok);
  const start = Date.now() - 60_000;
  const nanos = (millis) => String(BigInt(millis) * 1_000_000n);
  const span = (name, spanId, parentSpanId, from, to) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId,
    parentSpanId,
    name,
    kind: 1,
    startTimeUnixNano: nanos(start + from),
    endTimeUnixNano: nanos(start + to),
  });
  const spans = [
    span('ask', 'b7ad6b7169203331', undefined, 0, 5),
    span('work', 'c7ad6b7169203332', 'b7ad6b7169203331', 100, 3100),
  ];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  await fetch(`http://127.0.0.1:${otlp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  });
  await until(async () => (await search({}))[0]);
  for (const operation of ['work', 'ask']) {
    const found = await search({ operation, minDuration: '1s' });
    console.log(`operation ${operation}, at least 1 s: ${found.length} trace`);
  }
} finally {
  jaeger.kill();
}
JS
seen=$(timeout 90 node try.mjs "$jaeger") || { echo "could not be run"; exit 2; }
echo "$name $version: a trace of \`ask\` (5 ms) and below it \`work\` (3 s)"
echo "$seen"
expected='operation work, at least 1 s: 1 trace
operation ask, at least 1 s: 1 trace'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
