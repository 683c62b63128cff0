#!/usr/bin/env bash
# A daily job at 2:30 in a time zone whose clocks go from 2:00 to 3:00 that night. Two cron libraries for Node.js run it once, at different
# moments: cron-parser, by which BullMQ and pg-boss schedule, half an hour after the change (3:30 on the wall), croner at the change itself
# (3:00). On all other days, and in the night in which 2:30 comes twice, both agree. Whoever watches such schedules by the other library finds
# that the job is late once a year, or that it came before it was due.
set -u
packages='croner@11.0.1 cron-parser@5.10.3'
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { Cron } = require('croner');
const { CronExpressionParser } = require('cron-parser');
const CRON = '30 2 * * *';
const ZONE = 'Europe/Berlin';
const TIMES = { 'the day before': '2026-03-27T12:00:00Z', 'clocks go forward': '2026-03-28T12:00:00Z', 'clocks go back': '2026-10-24T12:00:00Z' };
for (const [name, time] of Object.entries(TIMES)) {
  const from = new Date(time);
  const croner = new Cron(CRON, { timezone: ZONE }).nextRun(from);
  const parser = CronExpressionParser.parse(CRON, { currentDate: from, tz: ZONE }).next().toDate();
  console.log(`${name}: croner ${croner.toISOString()}, cron-parser ${parser.toISOString()}`);
}
JS
seen=$(node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='the day before: croner 2026-03-28T01:30:00.000Z, cron-parser 2026-03-28T01:30:00.000Z
clocks go forward: croner 2026-03-29T01:00:00.000Z, cron-parser 2026-03-29T01:30:00.000Z
clocks go back: croner 2026-10-25T00:30:00.000Z, cron-parser 2026-10-25T00:30:00.000Z'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
