#!/usr/bin/env bash
# Given a range with several releases of pg-boss, npm on Node 20 takes the newest whose `engines` admits that Node, an older major with
# another shape of module, and says nothing. So `npm install pg-boss`, whose newest release asks for Node 22, gives release 10 there, and
# the import that pg-boss's own manual shows fails. Asked for by its number, the newest is installed with a warning, and loads on Node 20.
set -u
older=10.4.2
newer=12.38.0
case "$(node --version)" in v20.*) ;; *) echo 'Node 20 alone shows it'; exit 2 ;; esac
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
# Installs a release into a folder; tells what npm took, whether it warned, and whether the named export is there.
try() {
  mkdir "$1" && cd "$1" || return 1
  echo '{ "private": true, "type": "module" }' >package.json
  npm install --no-audit --no-fund --ignore-scripts "pg-boss@$2" >out 2>&1 || return 1
  echo "import { PgBoss } from 'pg-boss'; if (typeof PgBoss !== 'function') process.exit(1);" >app.js
  local warned=no named=no
  grep -q EBADENGINE out && warned=yes
  node app.js >/dev/null 2>&1 && named=yes
  local version
  version=$(sed -n 's/^  "version": "\(.*\)",/\1/p' node_modules/pg-boss/package.json)
  echo "pg-boss@$2: $version, warned: $warned, has the export PgBoss: $named"
  cd ..
}
seen=$(try range "$older || $newer" && try exact "$newer") || { echo 'could not be run'; exit 2; }
echo "$seen"
expected="pg-boss@$older || $newer: $older, warned: no, has the export PgBoss: no
pg-boss@$newer: $newer, warned: yes, has the export PgBoss: yes"
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
