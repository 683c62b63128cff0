import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonLineFileOptions } from 'signalbox/sinks';
import { buildWriter, WriterProcess } from './lines/processes.js';
import { readLines } from './lines/read-lines.js';

/** Several processes that write to one file and rotate it. */
export interface RotationLoad {
  readonly processes: number;
  /** In all. */
  readonly lines: number;
  /** How many rotations there are to be, at least. */
  readonly rotations: number;
  readonly gzip: boolean;
  readonly sync?: JsonLineFileOptions['sync'];
}

/** What came of it. */
export interface RotationOutcome {
  readonly lines: number;
  /** Lines of which the processes were told that they are written. */
  readonly delivered: number;
  readonly lost: number;
  readonly doubled: number;
  readonly torn: number;
  readonly rotations: number;
  readonly compressed: number;
  /** What else is there beside the file, or was printed as an error. */
  readonly troubles: readonly string[];
  readonly millis: number;
}

const LENGTHS = [20, 90, 40, 300, 10];
/** A line without what it holds beside its name, and the mean of that. */
const LINE_BYTES = 85 + 92;

/** Has processes write lines to one file at the same time, which each rotates, and counts what is in the files. */
export async function rotationUnderLoad(load: RotationLoad): Promise<RotationOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-rotation-'));
  try {
    const program = await buildWriter(folder);
    const path = join(folder, 'events.jsonl');
    const each = Math.ceil(load.lines / load.processes);
    const lines = each * load.processes;
    const maxBytes = Math.floor((lines * LINE_BYTES) / (load.rotations * 1.6));
    const file: JsonLineFileOptions = {
      path,
      sync: load.sync,
      rotate: { maxBytes, gzip: load.gzip },
    };
    const writers = Array.from(
      { length: load.processes },
      (_, i) =>
        new WriterProcess(program, {
          file,
          name: `w${i}`,
          lines: each,
          burst: 100,
          lengths: LENGTHS,
          acknowledges: false,
        }),
    );
    await Promise.all(writers.map((writer) => writer.ready()));
    const began = performance.now();
    for (const writer of writers) writer.begin();
    await Promise.all(writers.map((writer) => writer.ended()));
    const millis = Math.round(performance.now() - began);
    const { messages, torn, archives, compressed, strange } = readLines(path);
    const expected = writers.flatMap((_, i) => Array.from({ length: each }, (_, n) => `w${i}-${n}`));
    return {
      lines,
      delivered: writers.reduce((sum, { printed }) => sum + deliveredOf(printed), 0),
      lost: expected.filter((message) => !messages.has(message)).length,
      doubled: [...messages.values()].filter((times) => times > 1).length,
      torn: torn.length,
      rotations: archives,
      compressed,
      troubles: [...strange, ...writers.map(({ troubles }) => troubles).filter((text) => text !== '')],
      millis,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function deliveredOf(printed: string): number {
  try {
    return (JSON.parse(printed) as { delivered: number }).delivered;
  } catch {
    return 0;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const load = { processes: 8, lines: 100_000, rotations: 50 };
  for (const gzip of [false, true]) console.log(JSON.stringify(await rotationUnderLoad({ ...load, gzip })));
}
