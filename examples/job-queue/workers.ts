/** The workers' process of `--apart`: it does the jobs that another puts into the store, as a service of its own. */
import type { Emission } from 'signalbox';
import { consoleSink } from 'signalbox/sinks';
import type { Order, Word } from './apart/words.js';
import type { Move } from './engines/books.js';
import { NoEngine } from './engines/engine.js';
import { startWorkers } from './engines/start-stored.js';
import { flush } from './flush.js';
import { Ledger } from './ledger.js';
import { startOtel } from './otel.js';
import { createPlan } from './plan.js';
import { createProcessors } from './processors.js';
import { watchSpans } from './seen-span.js';
import { createBox } from './telemetry.js';
import { toldOf } from './told.js';

// Without the process that started it there is nobody to work for.
const leave = (): never => process.exit(1);
process.once('disconnect', leave);
for (const stream of [process.stdout, process.stderr]) stream.on('error', leave);
if (!process.connected) leave();

function tell(word: Word, then?: () => void): void {
  if (process.connected) process.send?.(word, undefined, undefined, then);
}

function nextOrder(): Promise<Order> {
  return new Promise((resolve) => process.once('message', (order) => resolve(order as Order)));
}

async function main(): Promise<void> {
  const start = await nextOrder();
  if (start.order !== 'start') return;
  const { workplace, options, endpoint, folded, columns } = start;
  const { format, audit, second, speed } = options;
  // Under json the lines alone are on stdout.
  const out = format === 'json' ? process.stderr : process.stdout;
  const page = (line: string): void => void out.write(`${line}\n`);

  // Our output is a pipe; the lines are as wide as the terminal behind it.
  const terminal = { isTTY: true, columns, write: (text: string) => process.stdout.write(text) };
  const console = folded
    ? (emission: Emission): void => tell({ word: 'told', told: toldOf(emission) })
    : consoleSink({ format, stack: false, ...(columns === undefined ? {} : { stream: terminal }) });
  const box = createBox({ console, audit, page, endpoint, second });
  const otel = startOtel(
    box,
    watchSpans((span) => tell({ word: 'span', span })),
  );
  const ledger = new Ledger([(entry) => tell({ word: 'entry', entry })]);
  const processors = createProcessors({ box, plan: createPlan(options), speed, ledger });
  const moved = (move: Move): void => tell({ word: 'move', move });
  const workers = await startWorkers(workplace, { ...options, box, processors, moved });
  for (const { type } of processors) box.info('Job processor registered', { job_type: type });
  tell({ word: 'started' });

  await nextOrder();
  await workers.stop();
  tell({ word: 'stopped' });
  const report = await flush(box, otel);
  tell({ word: 'account', account: { stats: box.stats(), report } }, () => process.exit(0));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof NoEngine)) throw error;
  process.stderr.write(`${error.message}\n`, leave);
}
