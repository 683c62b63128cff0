#!/usr/bin/env bash
# BullMQ on Redis: a Job that `queue.getJob()` gives can complete what a worker has taken by hand, but not with `fetchNext`, which is the
# default, where another job waits: the command is refused by an error of Lua.
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
const { Queue, Worker } = require('bullmq');
const connection = { host: '127.0.0.1', port: Number(process.env.PORT) };
(async () => {
  const queue = new Queue('mail', { connection });
  const worker = new Worker('mail', null, { connection });
  for (const [whose, fetchNext] of [['worker', true], ['queue', false], ['queue', true]]) {
    await queue.addBulk([{ name: 'send', data: {} }, { name: 'send', data: {} }]);
    const taken = await worker.getNextJob('token');
    const job = whose === 'queue' ? await queue.getJob(taken.id) : taken;
    const outcome = await job.moveToCompleted('done', 'token', fetchNext).then(
      () => 'completed',
      (error) => (/Lua/.test(error.message) ? 'refused by an error of Lua' : error.message),
    );
    console.log(`a ${whose}'s Job, fetchNext ${fetchNext}: ${outcome}`);
  }
  process.exit();
})();
JS
seen=$(PORT=$port timeout 60 node try.cjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected="a worker's Job, fetchNext true: completed
a queue's Job, fetchNext false: completed
a queue's Job, fetchNext true: refused by an error of Lua"
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
