// The packed package in apps on both lines of the OpenTelemetry SDK, on each Node that it is for. Words as arguments: the cells alone that
// have them all in their names. `--every` runs every combination, `--page` runs nothing and writes the cells into their page. For Linux on
// x64, as the package of Node is.
import { readFileSync, writeFileSync } from 'node:fs';
import { startRedis } from '../engines/support/redis.js';
import { ALL, CELLS } from './matrix/cells.js';
import { judge } from './matrix/judge.js';
import { play } from './matrix/play.js';
import { PAGE, withCells } from './page.js';
import { CHECKS, runChecks } from './run/checks.js';
import { install } from './run/install.js';
import { withEach } from './run/pool.js';
import { nameOf, nameOfZeroCode } from './table.js';
import { ALL_ZERO_CODE, ZERO_CODE } from './zero-code/cells.js';
import { judgeZeroCode } from './zero-code/judge.js';
import { playZeroCode } from './zero-code/play.js';

interface Trial {
  readonly name: string;
  /** Resolves to what is not as it must be. */
  readonly run: () => Promise<readonly string[]>;
}

const args = process.argv.slice(2);
if (args.includes('--page')) {
  writeFileSync(PAGE, withCells(readFileSync(PAGE, 'utf8')));
  process.exit();
}
const every = args.includes('--every');
const words = args.filter((arg) => !arg.startsWith('--'));
const chosen = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
  all.filter(({ name }) => words.every((word) => name.includes(word)));

await install();
const redis = await startRedis();
const checks: readonly Trial[] = CHECKS.map((check) => ({
  name: check.name,
  run: async () => {
    const { count, complaints } = await runChecks(check);
    console.log(`${count} checks:`);
    return complaints;
  },
}));
const apps: readonly Trial[] = [
  ...(every ? ALL : CELLS).map((cell) => ({
    name: nameOf(cell),
    run: async () => judge(cell, await play(cell)),
  })),
  ...(every ? ALL_ZERO_CODE : ZERO_CODE).map((cell) => ({
    name: nameOfZeroCode(cell),
    run: async () => judgeZeroCode(cell, await playZeroCode(cell, redis.url)),
  })),
];

const count = chosen([...checks, ...apps]).length;
if (count === 0) throw new Error(`no cell has ${words.join(' and ')} in its name`);

let failing = 0;
async function tell({ name, run }: Trial): Promise<void> {
  const started = performance.now();
  const complaints = await run().catch((error: unknown) => [String(error)]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${complaints.length === 0 ? 'ok     ' : 'FAILING'} ${name} (${seconds} s)`);
  for (const complaint of complaints) console.log(complaint.replace(/^/gm, '    '));
  if (complaints.length > 0) failing++;
}

// The checks run two processes at a time themselves.
await withEach(chosen(checks), 1, tell);
await withEach(chosen(apps), 2, tell);
await redis.stop();
console.log(`\n${count} cells: ${failing} failing`);
process.exitCode = failing > 0 ? 1 : 0;
