import type { TruthFlags } from './flags.js';
import { readTruthFlags } from './flags.js';
import { truthSection } from './report/truth-section.js';
import { writeSection } from './report/write.js';
import { runTruth } from './run/truth-run.js';

const HELP = `npm run truth -- [flags]

Plays jobs through an engine on a real store: a producer and four workers, each a process of its own, with the real collector, Jaeger and
Prometheus. While they work, workers are killed and replaced, and the store, the collector and Jaeger crash and come back. Then everything
that arrived is compared with a ledger that producers and handlers wrote by themselves, and with the engine's own store.

  --jobs N        default 20000
  --engine E      bullmq, pg-boss or graphile-worker; repeatable; default: all, one after the other
  --seed N        default 1: decides which jobs fail, and when what is killed
  --rate N        jobs a second, default 60
  --workers N     default 4
  --disturb A,B   only these of worker, store, collector, jaeger; none
  --write         puts the result into bench/truth.md
  --keep          leaves what the processes wrote where it is
  --help          prints this
`;
const SHOWN = 40;

const began = performance.now();
function say(line: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`);
}

async function main(): Promise<number> {
  let flags: TruthFlags;
  try {
    flags = readTruthFlags(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  let code = 0;
  for (const engine of flags.engines) {
    try {
      const result = await runTruth({ ...flags, engine, say });
      const { mismatches } = result.comparison;
      const section = await truthSection(engine, flags, result);
      console.log(`\n${section.text}\n`);
      for (const text of mismatches.slice(0, SHOWN)) console.log(`MISMATCH ${text}`);
      if (mismatches.length > SHOWN) console.log(`… and ${mismatches.length - SHOWN} more`);
      console.log(`${flags.jobs} jobs: ${mismatches.length} mismatches`);
      if (flags.write) await writeSection(section);
      if (mismatches.length > 0) code = 1;
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      code = 1;
    }
  }
  return code;
}

process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
process.exit(await main());
