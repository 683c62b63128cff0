import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { subpaths } from '../../scripts/subpaths.js';
import { pages } from './blocks.js';
import { COMMANDS } from './commands.js';

const EVERY_PAGE = [
  ...pages(),
  'CONTRIBUTING.md',
  'bench/README.md',
  'bench/truth.md',
  'bench/many-queues.md',
];
const read = (path: string): string => readFileSync(path, 'utf8');

/** The lines of a page's shell blocks, without what is said beside them. */
function linesOf(page: string): string[] {
  return [...read(page).matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/\s+# .*$/, '').trim())
      .filter((line) => line !== ''),
  );
}

describe('the commands of the pages', () => {
  const lines = EVERY_PAGE.flatMap((page) => linesOf(page).map((line) => ({ page, line })));

  test('docs - each line of a shell block is run by CI or by a test', () => {
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter(({ line }) => !COMMANDS.some((command) => command.line.test(line)))).toEqual([]);
  });

  test.each(COMMANDS)('docs - $by runs what is written as $line', ({ line, by, as }) => {
    expect(
      lines.some((one) => line.test(one.line)),
      'no page has it',
    ).toBe(true);
    expect(read(by)).toContain(as);
  });

  test('docs - each `npm run` that a page names is a script of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
    const named = EVERY_PAGE.flatMap((page) =>
      [...read(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => ({ page, name })),
    );
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  });
});

describe('npm run reference', () => {
  test('typedoc.json - has each subpath of the package', () => {
    const { entryPoints } = JSON.parse(read('typedoc.json')) as { entryPoints: string[] };
    expect(entryPoints.sort()).toEqual(
      subpaths()
        .map(({ source }) => source)
        .sort(),
    );
  });

  test('.gitignore - has the folder that it writes', () => {
    const { out } = JSON.parse(read('typedoc.json')) as { out: string };
    expect(read('.gitignore').split('\n')).toContain(`${out}/`);
  });

  test('.ci/run - runs it', () => expect(read('.ci/run')).toContain('npm run reference'));
});
