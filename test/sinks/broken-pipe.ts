/** Prints to a stdout that nobody reads any more, and tells on stderr what became of it. */
import { connectSink } from '../../src/delivery/sink-port.js';
import { consoleSink } from '../../src/sinks/console.js';
import { connectionOf, deadline, emissionOf } from '../delivery/helpers.js';

const connection = connectionOf('console');
const port = connectSink(consoleSink(), {}, connection);
// The first byte on stdin says that the reader of stdout is gone.
process.stdin.once('data', async () => {
  for (let i = 0; i < 3; i++) {
    port.accept?.(emissionOf());
  }
  await port.shutdown(deadline());
  await new Promise((done) => setImmediate(done));
  process.stderr.write(JSON.stringify(connection.sinkAccount.counts()));
  process.stdin.destroy();
});
