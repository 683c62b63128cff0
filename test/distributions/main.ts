// One app in many distributions of OpenTelemetry, each against a recorder on loopback. Names of set-ups as arguments; none: all.
// `--page` runs nothing, and writes the table of what is expected into its page.
import { readFileSync, writeFileSync } from 'node:fs';
import { pack } from '../support/installs.js';
import { cellsOf } from './judge/cells.js';
import { differences } from './judge/own.js';
import { PAGE, withTable } from './page.js';
import { install, nodeFor } from './run/install.js';
import { WORK } from './run/places.js';
import type { Played } from './run/play.js';
import { play } from './run/play.js';
import type { SetUp } from './set-up.js';
import { COLUMNS } from './set-up.js';
import { SET_UPS } from './set-ups/index.js';
import { distributionsTable, expectedCell, versionOf } from './table.js';

const names = process.argv.slice(2);
if (names.includes('--page')) {
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), distributionsTable(SET_UPS)));
  process.exit();
}
const unknown = names.filter((name) => !SET_UPS.some((setUp) => setUp.name === name));
if (unknown.length > 0) {
  console.error(
    `no such set-up: ${unknown.join(', ')}. There are ${SET_UPS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
const chosen = names.length === 0 ? SET_UPS : SET_UPS.filter(({ name }) => names.includes(name));

const tarball = await pack(WORK);
const widths = COLUMNS.map((column) => Math.max(column.length, 8));
print(['set-up', ...COLUMNS]);
let wrong = 0;
for (const setUp of chosen) {
  const started = performance.now();
  const complaints = await tryOne(setUp).catch((error: unknown) => [String(error)]);
  for (const complaint of complaints) console.log(`  ${complaint}`);
  if (complaints.length > 0) wrong++;
  console.log(`  (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
console.log(`\n${chosen.length} set-ups: ${wrong} wrong`);
process.exitCode = wrong > 0 ? 1 : 0;

/** Prints the row of a set-up. Resolves to what is wrong with it. */
async function tryOne(setUp: SetUp): Promise<string[]> {
  await install(setUp, tarball);
  const node = await nodeFor(setUp.node);
  const without = await play(setUp, node, false);
  const observed = await play(setUp, node, true);
  const failures = [...failuresOf('without signalbox', without), ...failuresOf('with signalbox', observed)];
  const cells = cellsOf(without, observed, setUp.around);
  print([`${setUp.name} ${versionOf(setUp)}`, ...COLUMNS.map((column) => cells[column])]);
  for (const { where } of uniqueRefusals(without, observed)) console.log(`  refused: ${where}`);
  for (const problem of observed.problems ?? []) console.log(`  describe(): ${problem}`);
  const changed = differences(without.recorded, observed.recorded, setUp.around);
  return [
    ...failures,
    ...COLUMNS.filter((column) => cells[column] !== expectedCell(setUp, column)).map(
      (column) => `WRONG ${column}: ${cells[column]}, expected ${expectedCell(setUp, column)}`,
    ),
    ...(cells.own === expectedCell(setUp, 'own') ? [] : changed),
  ];
}

function failuresOf(which: string, { failure }: Played): string[] {
  return failure === undefined ? [] : [`WRONG the app ${which} ${failure}`];
}

function uniqueRefusals(...played: readonly Played[]): readonly { readonly where: string }[] {
  const all = played.flatMap(({ refused }) => refused);
  return all.filter(({ where }, at) => all.findIndex((other) => other.where === where) === at);
}

function print([what = '', ...cells]: readonly string[]): void {
  console.log([what.padEnd(36), ...cells.map((cell, at) => cell.padEnd(widths[at] ?? 0))].join(' '));
}
