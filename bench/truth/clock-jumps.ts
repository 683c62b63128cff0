import { parseArgs } from 'node:util';
import { libfaketime } from './clock/faketime.js';
import type { ClockEngine, ClockResult } from './clock/run.js';
import { runClock } from './clock/run.js';
import { engineNames } from './engines/engine.js';
import { numberOf } from './flags.js';
import { clockSection } from './report/clock-section.js';
import { writeSection } from './report/write.js';
import { buildPrograms } from './subjects/build.js';

const HELP = `npm run clock-jumps -- [flags]

Moves the wall clock of the process that works, and of nothing else, by an hour forth and back while jobs run (libfaketime; the monotonic
clock stays): waits and durations must be right by the monotonic clock or left out, never negative; spans contain their events.

  --engine E     memory, bullmq, pg-boss or graphile-worker; repeatable; default: all
  --rate N       jobs a second, default 20
  --seconds N    that the clock stays as it was set, default 6
  --write        puts the result into bench/truth.md
  --keep         leaves what the processes wrote where it is
`;
const KNOWN: readonly ClockEngine[] = ['memory', ...engineNames];
const SHOWN = 20;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', multiple: true, default: [] },
      rate: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '6' },
      write: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const wanted = KNOWN.filter((name) => values.engine.length === 0 || values.engine.includes(name));
  const unknown = values.engine.filter((name) => !KNOWN.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`--engine takes ${KNOWN.join(', ')}, not '${unknown[0]}'.`);
  libfaketime();
  await buildPrograms(['producer', 'worker', 'clock']);
  const results = new Map<ClockEngine, ClockResult>();
  for (const engine of wanted) {
    const result = await runClock({
      engine,
      rate: numberOf('--rate', values.rate),
      stayMillis: 1000 * numberOf('--seconds', values.seconds),
      seed: 1,
      keep: values.keep,
      say: console.log,
    });
    results.set(engine, result);
    for (const text of result.mismatches.slice(0, SHOWN)) console.log(`MISMATCH ${engine}: ${text}`);
    if (result.mismatches.length > SHOWN) console.log(`… and ${result.mismatches.length - SHOWN} more`);
  }
  const section = clockSection(results);
  console.log(`\n${section.text}\n`);
  if (values.write) await writeSection(section);
  const all = [...results.values()];
  const mismatches = all.reduce((sum, result) => sum + result.mismatches.length, 0);
  console.log(`${all.reduce((sum, { jobs }) => sum + jobs, 0)} jobs: ${mismatches} mismatches`);
  return mismatches > 0 ? 1 : 0;
}

process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
