import type { Cell } from '../matrix/cells.js';
import { nodeOf } from './install.js';
import { appsOn } from './places.js';
import { runProgram } from './run-program.js';

/** All that check/ looks at within processes, on a line of the SDK. */
export interface Checks {
  readonly name: string;
  readonly line: Cell['line'];
  readonly node: string;
}

/** That of 2.x on the Node that runs this. */
export const CHECKS: readonly Checks[] = [
  { name: `Node ${process.versions.node}, SDK 2.x, the checks`, line: '2', node: process.execPath },
  { name: 'Node 24, SDK 3.x, the checks', line: '3', node: nodeOf('24') },
];

const FILES = ['imports.test.cjs', 'imports.test.mjs', 'node-sdk.test.mjs', 'table.test.mjs'];
const DEADLINE_MILLIS = 5 * 60_000;

/** What became of them. */
export interface Checked {
  readonly count: number;
  /** What does not hold, as Node tells it. */
  readonly complaints: readonly string[];
}

export async function runChecks({ line, node }: Checks): Promise<Checked> {
  const args = ['--test', '--test-reporter=spec', ...FILES.map((file) => `check/${file}`)];
  const { code, stdout } = await runProgram(node, args, appsOn(line), { COMPAT_LINE: line }, DEADLINE_MILLIS);
  const count = Number(/^\S* ?tests (\d+)$/m.exec(stdout)?.[1] ?? 0);
  return { count, complaints: code === 0 && count > 0 ? [] : [stdout] };
}
