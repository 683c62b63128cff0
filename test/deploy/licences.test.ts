import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LicensedModule } from '../e2e/programs/agpl.js';
import { AGPL_MODULES, agplModulesIn, isAgpl, refusedModules } from '../e2e/programs/agpl.js';
import { modulesIn } from '../e2e/programs/licences.js';
import { recipes } from '../e2e/programs/recipes.js';
import { repository } from '../e2e/stack/compose-file.js';
import { filesUnder, text } from './files.js';

const module = (path: string, rest: Partial<LicensedModule> = {}): LicensedModule => ({
  path,
  version: 'v1.0.0',
  agpl: [],
  licences: 1,
  ...rest,
});

describe('modules of what is built', () => {
  test('refusedModules() - finds nothing in modules that are free to be built', () => {
    const free = [
      module('go.opentelemetry.io/collector'),
      module('github.com/grafana/regexp'),
      module('github.com/minio/minio-go/v7'),
    ];
    expect(refusedModules('p', free)).toEqual([]);
  });

  test.each([
    [
      'its name',
      module('github.com/grafana/loki/v3'),
      'p is built of github.com/grafana/loki/v3 v1.0.0, which is AGPL',
    ],
    ['a part of it', module('github.com/grafana/loki/pkg/push'), 'which is AGPL'],
    ['its licence', module('example.com/x', { agpl: ['LICENSE'] }), 'whose LICENSE is the AGPL'],
    ['no licence', module('example.com/x', { licences: 0 }), 'which has no licence'],
  ])('refusedModules() - refuses a module by %s', (_, one, told) => {
    expect(refusedModules('p', [module('example.com/free'), one])).toEqual([expect.stringContaining(told)]);
  });

  test('refusedModules() - refuses a program that tells of no modules: nothing would be shown', () => {
    expect(refusedModules('p', [])).toEqual(['p tells of no modules that it was built of']);
  });

  test('isAgpl() - knows the licence by its heading and its name, and not the one that gives way to it', () => {
    expect(
      isAgpl('                    GNU AFFERO GENERAL PUBLIC LICENSE\n                       Version 3'),
    ).toBe(true);
    expect(isAgpl('SPDX-License-Identifier: AGPL-3.0-only')).toBe(true);
    expect(
      isAgpl(
        'the GNU Lesser General Public License,\nthe GNU Affero General Public License, Version 3.0, or any later',
      ),
    ).toBe(false);
    expect(isAgpl('Apache License\nVersion 2.0, January 2004')).toBe(false);
  });

  test('modulesIn() - reads what Go wrote into a program, a replacement for what it replaces', () => {
    const told = [
      '/p: go1.26.8',
      '\tpath\tgo.opentelemetry.io/collector/cmd/builder',
      '\tmod\tsignalbox.invalid/build\t(devel)\t',
      '\tdep\tgithub.com/a/b\tv1.2.3\th1:x=',
      '\tdep\tgithub.com/grafana/x\tv1.0.0',
      '\t=>\tgithub.com/y/x\tv2.0.0\th1:y=',
      '\tbuild\t-compiler=gc',
    ].join('\n');
    expect(modulesIn(told)).toEqual([
      { path: 'github.com/a/b', version: 'v1.2.3' },
      { path: 'github.com/y/x', version: 'v2.0.0' },
    ]);
  });
});

describe('what is fetched', () => {
  const LIST = 'test/e2e/programs/agpl.ts';
  const files = [
    ...['package.json', 'package-lock.json', '.ci/run', 'deploy/example/Dockerfile', 'otel-collector.yaml'],
    ...['scripts', '.github', 'bench', 'examples', 'test'].flatMap(filesUnder),
  ].filter(
    (path) => path !== LIST && path !== 'test/deploy/licences.test.ts' && !path.includes('node_modules'),
  );

  test('no recipe, script or workflow names a module that is AGPL', () => {
    expect(files).toEqual(expect.arrayContaining(['.ci/run', 'test/e2e/programs/recipes.ts']));
    const named = files
      .filter((path) => !/\.(gz|png|webp)$/.test(path))
      .flatMap((path) =>
        agplModulesIn(readFileSync(join(repository, path), 'utf8')).map((name) => `${path}: ${name}`),
      );
    expect(named).toEqual([]);
    expect(Object.values(recipes).flatMap(({ ingredients }) => agplModulesIn(ingredients))).toEqual([]);
  });

  test('agplModulesIn() - finds each of them in a recipe, and not what only begins so', () => {
    for (const name of AGPL_MODULES)
      expect(agplModulesIn(`go install ${name}/v3/cmd/x@v3.7.8`)).toEqual([name]);
    expect(agplModulesIn('github.com/grafana/loki-client github.com/minio/minio-go')).toEqual([]);
  });

  test('no package of npm is AGPL', () => {
    const { packages } = JSON.parse(text('package-lock.json')) as {
      packages: Record<string, { license?: string }>;
    };
    const licences = Object.entries(packages).map(([path, { license = '' }]) => ({ path, license }));
    expect(licences.filter(({ license }) => license !== '').length).toBeGreaterThan(100);
    expect(licences.filter(({ license }) => /AGPL|AFFERO/i.test(license))).toEqual([]);
  });
});
