import { describe, expect, test } from 'vitest';
import { blocksOf, pages } from './blocks.js';
import { runBlock } from './run-block.js';
import { runCode } from './run-code.js';
import { RUN_ELSEWHERE, RUNS } from './runs.js';

const blocks = pages().flatMap((page) => blocksOf(page));

describe('the blocks of the pages', () => {
  test('docs - each block is run, here or where the engines are', () => {
    const run = [...RUNS.map(({ name }) => name), ...RUN_ELSEWHERE];
    expect(blocks.map(({ name }) => name).sort()).toEqual(run.sort());
  });

  test.each(RUNS.filter(({ needs }) => !needs))(
    'docs - the block runs: $name',
    async (run) => {
      await runBlock(
        blocks.find(({ name }) => name === run.name),
        run,
      );
    },
    90_000,
  );

  test('docs - a block that is not known by its section is found, of JavaScript too', () => {
    const text = '# One\n```ts\na\n```\n```sh\nno\n```\n```js\nb\n```\n## Two\n```ts\nc\n```';
    expect(blocksOf('page.md', text)).toEqual([
      { name: 'page.md: One', code: 'a' },
      { name: 'page.md: One 2', code: 'b' },
      { name: 'page.md: Two', code: 'c' },
    ]);
  });

  test('docs - a block that throws is told', async () => {
    const { code, printed } = await runCode("import 'signalbox';\nthrow new Error('it does not run');");
    expect(code).toBe(1);
    expect(printed).toContain('it does not run');
  }, 90_000);
});
