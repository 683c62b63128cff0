#!/usr/bin/env bash
# BullMQ on PostgreSQL answers otherwise than on Redis: the first of the waiting jobs in ascending order is the newest, not the oldest, and
# a bulk add that the queue refuses, since the parent is not there, gives a job back whose id is the code of the refusal as a text.
set -u
command -v redis-server >/dev/null || { echo 'needs redis-server'; exit 2; }
packages='bullmq@6.7.0 ioredis@6.0.0 pg@8.23.1 embedded-postgres@18.4.0-beta.17'
directory=$(mktemp -d) || exit 2
chmod 755 "$directory" # PostgreSQL does not run as root: as root it runs as another user
port=$((20000 + $$ % 20000))
redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$directory" >/dev/null 2>&1 &
redis=$!
trap 'kill $redis 2>/dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 2
# Its binaries come with a script that links them.
npm install --silent --no-audit --no-fund $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.mjs <<'JS'
import { mkdtemp } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createPostgresBackend, Queue } from 'bullmq';
import EmbeddedPostgres from 'embedded-postgres';

const redis = Number(process.env.PORT);
const port = redis + 1;
const server = new EmbeddedPostgres({
  databaseDir: await mkdtemp(join(tmpdir(), 'try-')),
  port,
  user: 'postgres',
  password: 'postgres',
  persistent: false,
  createPostgresUser: userInfo().uid === 0,
  postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
  onLog: () => undefined,
  onError: () => undefined,
});
await server.initialise();
await server.start();
const stores = {
  Redis: new Queue('mail', { connection: { host: '127.0.0.1', port: redis } }),
  PostgreSQL: new Queue(
    'mail',
    { connection: { connectionString: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, migrate: true } },
    createPostgresBackend,
  ),
};
for (const [name, queue] of Object.entries(stores)) {
  queue.on('error', () => undefined);
  await queue.waitUntilReady();
  for (const word of ['oldest', 'middle', 'newest']) await queue.add(word, {});
  const [first] = await queue.getJobs(['waiting'], 0, 0, true);
  const [refused] = await queue
    .addBulk([{ name: 'child', data: {}, opts: { parent: { id: 'gone', queue: 'bull:mail' } } }])
    .catch((error) => [error]);
  console.log(`${name}: ascending begins with the ${first?.name}; a refused job has the id ${JSON.stringify(refused?.id)}`);
  await queue.close();
}
await server.stop();
process.exit();
JS
seen=$(PORT=$port timeout 90 node try.mjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='Redis: ascending begins with the oldest; a refused job has the id -5
PostgreSQL: ascending begins with the newest; a refused job has the id "-5"'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
