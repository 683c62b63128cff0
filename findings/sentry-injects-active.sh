#!/usr/bin/env bash
# With Sentry's OpenTelemetry set-up, propagation.inject(context, carrier) writes nothing for a context that is not active, and nothing
# for one that was just made active either: the context manager makes a copy active, and the propagator serves that copy alone. Only
# propagation.inject(context.active(), carrier) inside of context.with(context, …) fills the carrier.
set -u
packages='@sentry/node@11.12.0 @opentelemetry/api@1.9.1'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const Sentry = require('@sentry/node');
Sentry.init({
  dsn: 'http://key@127.0.0.1:9/1',
  tracesSampleRate: 1,
  enableOpenTelemetrySetup: true,
  defaultIntegrations: false,
  transport: () => ({ send: async () => ({}), flush: async () => true }),
});
const { context, propagation, trace } = require('@opentelemetry/api');
const given = trace.setSpan(context.active(), trace.getTracer('t').startSpan('enqueue'));
const keys = (inject) => {
  const carrier = {};
  inject(carrier);
  return Object.keys(carrier).sort().join(', ') || 'nothing';
};
console.log(`of a context that is not active: ${keys((c) => propagation.inject(given, c))}`);
console.log(`of it while it is active:        ${keys((c) => context.with(given, () => propagation.inject(given, c)))}`);
const active = (c) => context.with(given, () => propagation.inject(context.active(), c));
console.log(`of what is active then:          ${keys(active)}`);
process.exit();
JS
seen=$(node try.cjs 2>/dev/null) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='of a context that is not active: nothing
of it while it is active:        nothing
of what is active then:          baggage, sentry-trace'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
