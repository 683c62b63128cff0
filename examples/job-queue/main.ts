import { once } from 'node:events';
import { WorkersLost } from './apart/crew.js';
import { NoEngine } from './engines/engine.js';
import { usage } from './flags.js';
import { parseOptions, UsageError } from './options.js';
import { play } from './play.js';
import { Screen } from './screen.js';
import { stopOnSignal } from './stop.js';
import { NoViewer, startViewer } from './viewer.js';

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    // A terminal that does not know its width says 0.
    process.stdout.write(usage((process.stdout.isTTY && process.stdout.columns) || undefined));
    return;
  }
  // Under json the lines alone are on stdout.
  const screen = new Screen(options.format === 'json' ? process.stderr : process.stdout);
  const { say } = screen;
  // A second Ctrl-C can come while the last line still counts.
  process.once('exit', () => screen.close());
  const stop = stopOnSignal(() => say('Stopping: what runs is finished. Ctrl-C again ends it at once.'));

  if (options.view) {
    const { address, endpoint } = await startViewer(say);
    say(`viewer: ${address}`);
    await play({ ...options, otlp: endpoint }, { screen, stop });
    await lookAround(address, say);
  } else {
    await play(options, { screen, stop });
  }
}

/** Someone at a terminal wants to look at what was received; nobody else does. */
async function lookAround(address: string, say: (line: string) => void): Promise<void> {
  if (!process.stdin.isTTY) return;
  say(`The viewer stays at ${address} until Ctrl-C.`);
  const stay = setInterval(() => undefined, 2 ** 30);
  process.removeAllListeners('SIGINT');
  await once(process, 'SIGINT');
  clearInterval(stay);
}

// Whoever reads our lines may leave before their end, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}

try {
  await main();
  // An exporter's sockets would keep the process for their own time.
  process.exit(0);
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message} --help lists the flags and their values.\n`);
    process.exit(2);
  }
  if (error instanceof NoViewer || error instanceof NoEngine || error instanceof WorkersLost) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  throw error;
}
