import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { subpaths } from '../../scripts/subpaths.js';
import type { Compiler } from './support/compile.js';
import { compilerOf, complaints } from './support/compile.js';
import { packed } from './support/packed.js';

const { root, work, folder } = packed();

/** What the declarations name, beside what the compiler brings. */
const DEPENDENCIES = ['@opentelemetry', '@types', 'bullmq', 'graphile-worker', 'pg-boss'];

const COMPILERS: readonly Compiler[] = ['typescript-5.4', 'typescript'];

/** The ways in which a compiler looks for a package, each with the kind of file in which it does. */
const WAYS = [
  { way: 'classic', file: 'program.ts', options: { module: 'commonjs' } },
  { way: 'node16, CommonJS', file: 'program.cts', options: { module: 'node16' } },
  { way: 'node16, ES module', file: 'program.mts', options: { module: 'node16' } },
  { way: 'nodenext, CommonJS', file: 'program.cts', options: { module: 'nodenext' } },
  { way: 'nodenext, ES module', file: 'program.mts', options: { module: 'nodenext' } },
  { way: 'bundler', file: 'program.ts', options: { module: 'esnext', moduleResolution: 'bundler' } },
] as const;

/** Imports all there is; a declaration that is not found would be an error, one that is read badly would be `any`. */
function program(): string {
  const names = subpaths().map(({ specifier }, i) => ({ specifier, name: `subpath${i}` }));
  return [
    ...names.map(({ specifier, name }) => `import * as ${name} from '${specifier}';`),
    `import { createSignalbox, defineSignal, field } from 'signalbox';`,
    'type IsAny<T> = 0 extends 1 & T ? true : false;',
    ...names.map(({ name }) => `export const ${name}IsTyped: IsAny<typeof ${name}> = false;`),
    `const PAID = defineSignal('PAID', { fields: { amount: field.number(), currency: field.oneOf(['EUR', 'USD']) } });`,
    'const box = createSignalbox();',
    `box.emit(PAID, { amount: 1, currency: 'EUR' });`,
    '// @ts-expect-error: such a currency was not declared.',
    `box.emit(PAID, { amount: 1, currency: 'GBP' });`,
    '// @ts-expect-error: the amount is missing.',
    `box.emit(PAID, { currency: 'EUR' });`,
    `import { bullmqJobs } from 'signalbox/bullmq';`,
    `import { pgBossJobs } from 'signalbox/pg-boss';`,
    `import { graphileJobs } from 'signalbox/graphile-worker';`,
    `// @ts-expect-error: the engine's own types are read.`,
    'pgBossJobs(box).boss(5);',
    `// @ts-expect-error: the engine's own types are read.`,
    'graphileJobs(box).adhoc(5);',
    '// @ts-expect-error: no queue.',
    'bullmqJobs(box).queue(5);',
    'export {};',
    '',
  ].join('\n');
}

function appIn(name: string, dependencies: readonly string[]): string {
  const app = join(work, 'types', name);
  rmSync(app, { recursive: true, force: true });
  mkdirSync(join(app, 'node_modules'), { recursive: true });
  cpSync(folder, join(app, 'node_modules/signalbox'), { recursive: true });
  for (const dependency of dependencies) {
    const at = join(app, 'node_modules', dependency);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(root, 'node_modules', dependency), at);
  }
  writeFileSync(join(app, 'package.json'), '{ "private": true }');
  return app;
}

describe('types - of every subpath', () => {
  let app: string;
  let bare: string;
  beforeAll(() => {
    app = appIn('all', DEPENDENCIES);
    bare = appIn('bare', ['@types']);
    for (const file of new Set(WAYS.map((way) => way.file))) writeFileSync(join(app, file), program());
    writeFileSync(
      join(bare, 'program.ts'),
      `import { createSignalbox } from 'signalbox';\nimport 'signalbox/bullmq';\ncreateSignalbox().info('hello');\n`,
    );
  });

  describe.each(COMPILERS)('%s', (compiler) => {
    test.each(WAYS)('types - are found and read without an error: $way', ({ options, file }) => {
      expect(complaints({ compiler, options, file: join(app, file) })).toEqual([]);
    });

    test.each(WAYS.slice(0, 2))(
      'types - need neither the api nor an engine where skipLibCheck is on: $way',
      ({ options }) => {
        expect(
          complaints({
            compiler,
            options: { ...options, skipLibCheck: true },
            file: join(bare, 'program.ts'),
          }),
        ).toEqual([]);
      },
    );
  });

  test('types - a subpath that is none is found by no way, so that these tests can fail', () => {
    writeFileSync(
      join(app, 'none.ts'),
      `import 'signalbox/none';\nimport * as none from 'signalbox/none';\nexport default none;\n`,
    );
    for (const { options } of WAYS)
      expect(complaints({ compiler: 'typescript', options, file: join(app, 'none.ts') })).toContainEqual(
        expect.stringContaining('TS2307'),
      );
  });
});

describe('types - the compilers', () => {
  test('types - the least is 5.4, where NoInfer came, and the other one the newest 5.x', () => {
    expect(compilerOf('typescript-5.4').versionMajorMinor).toBe('5.4');
    expect(compilerOf('typescript').versionMajorMinor).toBe('5.9');
  });

  test('types - the repository itself is compiled by its own, not by the one that is installed beside it', () => {
    const tsc = join(root, 'node_modules/.bin/tsc');
    expect(execFileSync(tsc, ['--version'], { encoding: 'utf8' })).toMatch(/^Version 5\.9\./);
  });
});
