import { expect } from 'vitest';
import type { Block } from './blocks.js';
import { runCode } from './run-code.js';
import type { Run } from './runs.js';

/** Runs a block as an app does, and expects of it what is to be expected. */
export async function runBlock(block: Block | undefined, run: Run, address?: string): Promise<void> {
  if (!block) throw new Error(`there is no block '${run.name}'`);
  if (run.needs) expect(block.code).toContain(run.needs.address);
  const code = run.needs ? block.code.replaceAll(run.needs.address, address ?? '') : block.code;
  const { code: ended, printed } = await runCode(`${code}\n${run.harness}\n`);
  expect({ ended, printed }, printed).toMatchObject({ ended: 0, printed: expect.stringMatching(/^done$/m) });
  for (const text of run.prints ?? []) expect(printed).toContain(text);
}
