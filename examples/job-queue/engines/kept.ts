/** The keeper's process: it holds one server for as long as the process that asked for it is there. */
import type { Word } from './keeper.js';

const starting =
  process.argv[2] === 'redis'
    ? import('./redis-server.js').then(({ startRedisServer }) => startRedisServer())
    : import('./postgres-server.js').then(({ startPostgresServer }) => startPostgresServer());

process.once('disconnect', async () => {
  try {
    await (await starting).stop();
  } finally {
    process.exit(0);
  }
});

starting.then(
  ({ url }) => say({ url }),
  (error: unknown) => say({ problem: String(error) }, () => process.disconnect()),
);

function say(word: Word, then: () => void = () => undefined): void {
  // It may have gone by now.
  if (process.connected) process.send?.(word, then);
}
