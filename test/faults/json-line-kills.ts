import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { JsonLineFileOptions } from 'signalbox/sinks';
import { buildWriter, WriterProcess } from './lines/processes.js';
import { readLines } from './lines/read-lines.js';

/** What came of the rounds. */
export interface KillOutcome {
  readonly rounds: number;
  readonly kills: number;
  /** Lines of which a process was told that they are written. */
  readonly acknowledged: number;
  /** Of those, how many are in no file. */
  readonly lost: number;
  readonly doubled: number;
  /** Lines that a kill left in part: none of them was acknowledged. */
  readonly torn: number;
  readonly rotations: number;
}

/** From a few bytes to lines that the system copies for a while: a kill falls into them. */
const LENGTHS = [10, 200, 100_000, 50, 2_000_000, 700, 30, 400_000];
/** How long after its first acknowledgement a process lives, at most. */
const LIFE_MILLIS = 40;

/**
 * Two processes write lines to one file and are killed (`kill -9`) at random moments, round after round; then each line that was acknowledged
 * is looked for. In every other round the file is rotated too.
 */
export async function jsonLineKills({
  rounds,
  sync = 'group',
}: {
  readonly rounds: number;
  readonly sync?: JsonLineFileOptions['sync'];
}): Promise<KillOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-kills-'));
  const total = { kills: 0, acknowledged: 0, lost: 0, doubled: 0, torn: 0, rotations: 0 };
  try {
    const program = await buildWriter(folder);
    for (let round = 0; round < rounds; round++) {
      const path = join(folder, String(round), 'events.jsonl');
      const rotate = round % 2 === 1 ? { maxBytes: 3_000_000, gzip: true } : undefined;
      // Those of the second life find what the first left.
      const acknowledged: string[] = [];
      for (const life of [1, 2]) {
        const writers = ['a', 'b'].map(
          (name) =>
            new WriterProcess(program, {
              file: { path, sync, groupMillis: sync === 'group' ? 2 : undefined, rotate },
              name: `${name}${life}`,
              lines: 1e6,
              burst: 16,
              lengths: LENGTHS,
              acknowledges: true,
            }),
        );
        await Promise.all(writers.map((writer) => writer.ready()));
        for (const writer of writers) writer.begin();
        await Promise.all(writers.map((writer) => killed(writer)));
        total.kills += writers.length;
        for (const { printed } of writers) acknowledged.push(...printed.split('\n').slice(0, -1));
      }
      const { messages, torn, archives } = readLines(path);
      total.acknowledged += acknowledged.length;
      total.lost += acknowledged.filter((message) => !messages.has(message)).length;
      total.doubled += [...messages.values()].filter((times) => times > 1).length;
      total.torn += torn.length;
      total.rotations += archives;
      rmSync(join(folder, String(round)), { recursive: true });
    }
    return { rounds, ...total };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function killed(writer: WriterProcess): Promise<void> {
  await writer.acknowledged();
  await pause(Math.random() * LIFE_MILLIS);
  writer.kill();
  await writer.ended();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (let rounds = 0; rounds < 300; rounds += 20)
    for (const sync of ['never', 'group'] as const)
      console.log(sync, JSON.stringify(await jsonLineKills({ rounds: 10, sync })));
