// `npm run bench`: what signalbox costs beside what it replaces. bench/README.md says how it measures; `--write` keeps the figures.
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { checkNames, countOf, NAMES } from './environment.js';
import { readBenchFlags, USAGE } from './flags.js';
import type { GateFigures } from './gate.js';
import { compareGate, withFigures } from './gate.js';
import { isMet } from './report/bound.js';
import { merged, readmeSection } from './report/readme.js';
import type { Result } from './report/result.js';
import { jsonOf, resultOf } from './report/result.js';
import { reportOf } from './report/table.js';
import { loadRow, rowIds } from './rows/all.js';
import type { MeasureOptions, Row } from './rows/row.js';
import { node24 } from './run/node-24.js';
import { here, majorOf } from './run/platform.js';
import { bytesOf, take } from './run/take.js';
import { replaceSection } from './truth/report/section.js';

const README = 'bench/README.md';
const FIGURES = 'bench/figures.json';
const GATE = 'bench/gate.json';

const say = (line: string): void => console.error(line);

async function main(): Promise<number> {
  const flags = readBenchFlags(process.argv.slice(2), rowIds);
  if (flags.help) {
    console.log(`${USAGE}\n\nRows: ${rowIds.join(', ')}`);
    return 0;
  }
  checkNames('BENCH_', NAMES);
  const options: MeasureOptions = {
    rounds: countOf('BENCH_ROUNDS', 15),
    millis: countOf('BENCH_MILLIS', 40),
    jobs: countOf('BENCH_JOBS', 5000),
  };
  const named = await Promise.all((flags.ids.length > 0 ? flags.ids : rowIds).map(loadRow));
  const rows = named.filter(({ needs }) => flags.all || flags.ids.length > 0 || needs === undefined);
  if (flags.gate) return gate(rows, options, flags.write);

  const platforms = [here(), ...(flags.all ? [await node24()] : [])];
  const measured = `on ${new Date().toISOString().slice(0, 10)}, ${platform()} ${arch()}, ${cpus().length} CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const results: Result[] = [];
  const failed: string[] = [];
  for (const where of platforms) {
    for (const row of rows) {
      const start = performance.now();
      try {
        results.push(resultOf(row, where, await take(where, row, options), measured));
        say(`Node ${where.node}: ${row.id}, ${((performance.now() - start) / 1000).toFixed(0)} s`);
      } catch (error) {
        failed.push(`Node ${where.node}: ${error instanceof Error ? error.message : error}`);
        say(failed.at(-1) ?? '');
      }
    }
  }
  console.log(reportOf(rows, results));
  const missed = results.filter((result) => isMet(rowOf(rows, result), result) === false);
  if (missed.length > 0)
    console.log(`Not met: ${missed.map(({ id, node }) => `${id} (Node ${node})`).join(', ')}.`);
  for (const line of failed) console.log(`No figures. ${line}`);
  if (flags.json !== undefined) writeFileSync(flags.json, jsonOf(results));
  if (flags.write) await keep(results);
  return failed.length > 0 ? 1 : 0;
}

function rowOf(rows: readonly Row[], { id }: Result): Row {
  return rows.find((row) => row.id === id) as Row;
}

async function keep(results: readonly Result[]): Promise<void> {
  const kept = JSON.parse(readFileSync(FIGURES, 'utf8')) as Result[];
  const all = merged(kept, results, rowIds);
  writeFileSync(FIGURES, `${JSON.stringify(all, undefined, 2)}\n`);
  const text = readmeSection(await Promise.all(rowIds.map(loadRow)), all);
  writeFileSync(README, replaceSection(readFileSync(README, 'utf8'), { name: 'rows', text }));
}

async function gate(rows: readonly Row[], options: MeasureOptions, write: boolean): Promise<number> {
  const platform = here();
  const kept = JSON.parse(readFileSync(GATE, 'utf8')) as GateFigures;
  const counted = rows.filter(({ allocated }) => allocated);
  if (counted.length === 0)
    throw new Error(
      `The bytes of ${rows.map(({ id }) => id).join(', ')} can not be counted: name other rows.`,
    );
  const now = new Map<string, number>();
  // Bytes are the same whatever else runs: as many processes at once as there are processors.
  const waiting = [...counted];
  const count = async (): Promise<void> => {
    for (let row = waiting.shift(); row; row = waiting.shift())
      now.set(row.id, await bytesOf(platform, row, options));
  };
  await Promise.all(cpus().map(count));
  const major = majorOf(platform.node);
  for (const [id, bytes] of now) console.log(`${id}: ${bytes.toFixed(0)} bytes an operation`);
  if (write) {
    const all = await Promise.all(rowIds.map(loadRow));
    const ids = all.filter(({ allocated }) => allocated).map(({ id }) => id);
    writeFileSync(GATE, `${JSON.stringify(withFigures(kept, major, now, ids), undefined, 2)}\n`);
    return 0;
  }
  const { grown, advice } = compareGate(kept, major, now);
  for (const line of [...advice, ...grown]) console.log(line);
  return grown.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
