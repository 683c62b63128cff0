#!/usr/bin/env bash
# The redaction that pino uses gives a line of JSON in which values are replaced, and leaves the record itself as it is: with one path, and with
# a path that has a wildcard. With both at once, where the wildcard's path goes one level deeper than the plain one, the record of the app is
# changed too: what the app reads there after it has logged is the text of the redaction.
set -u
packages='@pinojs/redact@0.4.0'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const redact = require('@pinojs/redact');
for (const paths of [['order.card.number'], ['order.*.holder.name'], ['order.card.number', 'order.*.holder.name']]) {
  const record = { order: { card: { number: '4111', holder: { name: 'N. N.' } } } };
  redact({ paths })(record);
  console.log(`${paths.join(' and ')}: the app then has ${JSON.stringify(record.order.card)}`);
}
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='order.card.number: the app then has {"number":"4111","holder":{"name":"N. N."}}
order.*.holder.name: the app then has {"number":"4111","holder":{"name":"N. N."}}
order.card.number and order.*.holder.name: the app then has {"number":"4111","holder":{"name":"[REDACTED]"}}'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
