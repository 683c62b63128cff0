import type { Reporter, TestModule } from 'vitest/node';
import type { EngineName } from './cells.js';
import { cellsOf, ENGINES, SCENARIOS } from './cells.js';

/** Prints, as the last line, how many cells of the table were compared with their ledgers, and how many did not match. */
export class CellCount implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let cells = 0;
    let mismatches = 0;
    for (const module of modules) {
      const engine = ENGINES.find((name) => module.moduleId.endsWith(`/conformance/${name}.test.ts`));
      if (engine === undefined) continue;
      const tests = new Map([...module.children.allTests()].map((test) => [test.name, test]));
      for (const name of cellsThatCan(engine)) {
        const test = tests.get(name);
        // Left out by a filter on the command line.
        if (test?.options.mode === 'skip') continue;
        cells++;
        // A cell that never ran because its engine could not be had is no match.
        if (test?.result().state !== 'passed') mismatches++;
      }
    }
    // After the default reporter, which prints its summary in this same turn.
    process.once('exit', () => console.log(`${cells} cells: ${mismatches} mismatches`));
  }
}

function cellsThatCan(engine: EngineName): string[] {
  return SCENARIOS.filter(({ name }) => cellsOf(name).cannot?.[engine] === undefined).map(
    ({ name }) => `${engine} - ${name}`,
  );
}
