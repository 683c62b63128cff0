import type { Reporter, TestModule } from 'vitest/node';
import type { Column } from './column.js';
import { cellName, scenariosOf } from './column.js';
import { COLUMNS } from './columns.js';

/** Prints, as the last lines, which cells did not match, how many were compared with their ledgers, and how many did not match. */
export class CellCount implements Reporter {
  readonly #columns: readonly Column[];

  constructor(columns: readonly Column[] = COLUMNS) {
    this.#columns = columns;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    let cells = 0;
    const mismatches: string[] = [];
    for (const module of modules) {
      const column = this.#columns.find(({ file }) => module.moduleId.endsWith(file));
      if (column === undefined) continue;
      const tests = new Map([...module.children.allTests()].map((test) => [test.name, test]));
      for (const scenario of scenariosOf(column)) {
        const name = cellName(column, scenario);
        const test = tests.get(name);
        // Left out by a filter on the command line.
        if (test?.options.mode === 'skip') continue;
        cells++;
        // A cell that never ran because its engine could not be had is no match.
        if (test?.result().state !== 'passed') mismatches.push(name);
      }
    }
    // After the default reporter, which prints its summary in this same turn.
    process.once('exit', () => {
      for (const name of mismatches) console.log(`does not match: ${name}`);
      console.log(`${cells} cells: ${mismatches.length} mismatches`);
    });
  }
}
