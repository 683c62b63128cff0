#!/usr/bin/env bash
# The loader hook that OpenTelemetry's instrumentations of ES modules need (import-in-the-middle) can be limited to some packages by
# `include`. Where two preloads of one process register it, each for its own packages, the last list with names holds for both: modules of
# the first are not seen by anyone, and a registration without a limit is limited too. Node.js prints a warning that the hook "has already
# been initialized", which says nothing of that.
set -u
packages='import-in-the-middle@3.6.0'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
for name in queue store; do
  mkdir -p "node_modules/$name"
  echo "{ \"name\": \"$name\", \"version\": \"1.0.0\", \"type\": \"module\", \"main\": \"index.js\" }" >"node_modules/$name/package.json"
  echo 'export const value = 1;' >"node_modules/$name/index.js"
done
cat >preload.mjs <<'JS'
import { register } from 'node:module';
for (const name of process.env.REGISTERED.split(' '))
  register('import-in-the-middle/hook.mjs', import.meta.url, name === 'everything' ? {} : { data: { include: [name] } });
const { Hook } = await import('import-in-the-middle');
globalThis.seen = [];
new Hook(['queue', 'store'], (_, name) => void globalThis.seen.push(name));
JS
cat >app.mjs <<'JS'
import 'queue';
import 'store';
console.log(`registered for ${process.env.REGISTERED.replaceAll(' ', ', then for ')}: ${globalThis.seen.join(' ') || 'nothing'} seen`);
JS
seen=''
for registered in everything queue 'queue store' 'store queue' 'queue everything' 'everything queue'; do
  line=$(REGISTERED=$registered node --no-warnings --import ./preload.mjs app.mjs) || { echo "could not be run"; exit 2; }
  seen="$seen$line
"
done
echo "$packages"
printf '%s' "$seen"
expected='registered for everything: queue store seen
registered for queue: queue seen
registered for queue, then for store: store seen
registered for store, then for queue: queue seen
registered for queue, then for everything: queue seen
registered for everything, then for queue: queue seen
'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
