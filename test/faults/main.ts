// Injects every fault of the table in a process of its own, and compares what the test emitted and what arrived with what the library
// says. Names of faults or groups as arguments; none: all, and the mutants behind them.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Fault } from './fault.js';
import { allGroups } from './groups/index.js';
import { PAGE, withTable } from './page.js';
import { buildPrograms } from './run/build.js';
import type { Flags } from './run/flags.js';
import { parseFlags } from './run/flags.js';
import { heading, isSound, lineOf } from './run/line.js';
import type { Mutant } from './run/mutants.js';
import { MUTANTS } from './run/mutants.js';
import { play } from './run/play.js';
import { faultsTable } from './table.js';

const HELP = `npm run test:faults -- [flags] [names]

Injects faults and compares the accounts. Names are those of faults, groups, or both as group/name; none: all of them.

  --list       prints the faults, and runs none
  --at-once N  plays so many at a time; 2 where it is not given
  --mutants   runs the mutants alone: libraries with a fault in them, which the suite has to find
  --write      writes the table into docs/faults.md, and runs none
  --help       prints this
`;

const groups = await allGroups();
const faults = new Map<string, Fault>(
  groups.flatMap(({ name, faults }) => faults.map((fault) => [`${name}/${fault.name}`, fault] as const)),
);
let flags: Flags;
try {
  flags = parseFlags(process.argv.slice(2), [...faults.keys()]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}
if (flags.help) console.log(HELP);
else if (flags.list)
  for (const path of flags.chosen) console.log(`${path.padEnd(44)} ${faults.get(path)?.injected}`);
else if (flags.write) writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), faultsTable(groups)));
else process.exitCode = (await run(flags)) ? 0 : 1;

async function run({ chosen, isAll, mutants, atOnce }: Flags): Promise<boolean> {
  const isFound = mutants || isAll ? await findMutants(atOnce) : true;
  if (mutants) return isFound;
  const folder = await buildPrograms();
  console.log(heading());
  const totals = { unaccounted: 0, exceptions: 0 };
  const unsound: string[] = [];
  // Those that may take minutes are begun first: none of them runs on alone at the end.
  const seconds = (path: string): number => faults.get(path)?.needs?.seconds ?? 0;
  const inOrder = [...chosen].sort((a, b) => seconds(b) - seconds(a));
  await inTurns(atOnce, inOrder, async (path) => {
    const result = await play(folder, path, faults.get(path)?.needs);
    console.log(lineOf(path, result));
    totals.unaccounted += result.unaccounted;
    totals.exceptions += result.exceptions;
    if (!isSound(result)) unsound.push(path);
  });
  if (unsound.length > 0) console.log(`\n${unsound.length} do not hold: ${unsound.join(', ')}`);
  console.log(
    `\n${chosen.length} faults: ${totals.unaccounted} unaccounted, ${totals.exceptions} exceptions`,
  );
  return unsound.length === 0 && isFound;
}

/** Plays each mutant with the fault that has to find it. */
async function findMutants(atOnce: number): Promise<boolean> {
  const missed: string[] = [];
  await inTurns(atOnce, MUTANTS, async (mutant: Mutant) => {
    const folder = await buildPrograms(mutant);
    const result = await play(folder, mutant.foundBy, faults.get(mutant.foundBy)?.needs);
    const told = result[mutant.in];
    const found = typeof told === 'number' ? told > 0 : told.length > 0;
    if (!found) missed.push(mutant.name);
    const why = result.complaints[0]?.split('\n')[0] ?? `${result.unaccounted} unaccounted`;
    console.log(
      `mutant ${mutant.name.padEnd(32)} ${found ? `found by ${mutant.foundBy}, ${mutant.in}: ${why}` : 'NOT FOUND'}`,
    );
  });
  console.log(`${MUTANTS.length} mutants: ${missed.length} not found\n`);
  return missed.length === 0;
}

async function inTurns<T>(atOnce: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
    }),
  );
}
