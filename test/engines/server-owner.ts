import { keepServer } from '../../examples/job-queue/engines/keeper.js';

/** Has a server, and says where it is. It says each Ctrl-C that it gets, and goes on; at a message it stops the server. */
process.on('SIGINT', () => process.send?.('SIGINT'));
const { url, stop } = await keepServer(process.argv[2] === 'redis' ? 'redis' : 'postgres');
process.send?.(url);
process.on('message', async () => {
  await stop();
  await stop();
  process.send?.('stopped');
});
