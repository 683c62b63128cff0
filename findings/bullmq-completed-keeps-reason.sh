#!/usr/bin/env bash
# BullMQ on Redis: a job that failed once and then succeeded keeps the reason of the failure: `failedReason` and the stack trace are there
# beside `returnvalue`. Whoever reads the outcome of a finished job from whether it has a `failedReason` counts each success after a retry as
# a failure; the state (`getState()`) has to be asked for.
set -u
command -v redis-server >/dev/null || { echo 'needs redis-server'; exit 2; }
packages='bullmq@6.7.0 ioredis@6.0.0'
directory=$(mktemp -d) || exit 2
port=$((20000 + $$ % 20000))
redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$directory" >/dev/null 2>&1 &
redis=$!
trap 'kill $redis 2>/dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 2
npm install --silent --no-audit --no-fund --ignore-scripts $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.cjs <<'JS'
const { Queue, QueueEvents, Worker } = require('bullmq');
const connection = { host: '127.0.0.1', port: Number(process.env.PORT) };
(async () => {
  const queue = new Queue('mail', { connection });
  const events = new QueueEvents('mail', { connection });
  await events.waitUntilReady();
  new Worker('mail', async (job) => {
    if (job.attemptsMade === 0) throw new Error('the relay is busy');
    return 'sent';
  }, { connection });
  const { id } = await (async () => {
    const job = await queue.add('send', {}, { attempts: 2 });
    await job.waitUntilFinished(events);
    return job;
  })();
  const job = await queue.getJob(id);
  console.log(`state ${await job.getState()}, returnvalue ${job.returnvalue}, failedReason ${job.failedReason}, stack traces ${job.stacktrace.length}`);
  process.exit();
})();
JS
seen=$(PORT=$port timeout 60 node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='state completed, returnvalue sent, failedReason the relay is busy, stack traces 1'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
