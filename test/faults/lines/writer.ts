import { writeSync } from 'node:fs';
import type { SinkFunction } from 'signalbox';
import { createSignalbox } from 'signalbox';
import type { JsonLineFileOptions } from 'signalbox/sinks';
import { jsonLineFile } from 'signalbox/sinks';

/** What a process that writes lines is to do. */
export interface Orders {
  readonly file: JsonLineFileOptions;
  /** The beginning of each line's message; a number follows. */
  readonly name: string;
  readonly lines: number;
  /** Emitted in one go. */
  readonly burst: number;
  /** The length of what each line holds beside its name: that of the line with the number is taken, round about. */
  readonly lengths: readonly number[];
  /** Prints the message of each line once it is acknowledged. */
  readonly acknowledges: boolean;
}

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
const { file, name, lines, burst, lengths, acknowledges } = orders;

const sink = jsonLineFile(file);
let waiting = 0;
let delivered = 0;
let failed = 0;
// It takes the next before it has answered the last: the file is given many at once.
const takesMany: SinkFunction = (emission, call) => {
  waiting++;
  Promise.resolve(sink(emission, call))
    .then(() => {
      delivered++;
      if (acknowledges) writeSync(1, `${emission.message}\n`);
    })
    .catch((error: { code?: string }) => {
      failed++;
      writeSync(2, `${error.code ?? String(error)}\n`);
    })
    .finally(() => {
      waiting--;
    });
};
const box = createSignalbox({ destinations: { file: takesMany }, limits: { stringLength: 2 ** 24 } });
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
const queued = (): number => (box.stats().destinations.file?.channels.sink?.queued ?? 0) + waiting;

process.stdin.once('data', async () => {
  for (let n = 0; n < lines; ) {
    for (const end = Math.min(n + burst, lines); n < end; n++)
      box.info(`${name}-${n}`, { pad: 'x'.repeat(lengths[n % lengths.length] ?? 0) });
    // No more are waiting than a burst or two, so that the processes write at the same time.
    do await turn();
    while (queued() > burst);
  }
  while (queued() > 0) await turn();
  await sink.close?.();
  if (!acknowledges) writeSync(1, JSON.stringify({ delivered, failed }));
  process.stdin.destroy();
});
writeSync(2, 'ready\n');
