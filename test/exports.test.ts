import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { entries, programs, sourceOf, subpaths } from '../scripts/subpaths.js';
import buildOptions from '../tsup.config.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const compilerOptions = ts.getParsedCommandLineOfConfigFile(
  'tsconfig.json',
  {},
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
)?.options;

describe('exports', () => {
  test('exports - the package offers its core and at least its first three subpaths', () => {
    expect(subpaths().map(({ specifier }) => specifier)).toEqual(
      expect.arrayContaining(['signalbox', 'signalbox/jobs', 'signalbox/sinks', 'signalbox/testing']),
    );
  });

  test('exports - package.json can be read by tools', () => {
    expect(manifest.exports['./package.json']).toBe('./package.json');
  });

  test('exports - the build makes every subpath, with its types, and beside it the programs of the package and what is loaded later alone', () => {
    const all = Object.fromEntries(subpaths().map(({ entry, source }) => [entry, source]));
    expect(buildOptions).toMatchObject({ format: ['esm', 'cjs'], dts: { entry: all }, entry: all });
    const beside = Object.keys(entries()).filter((entry) => !(entry in all));
    expect(beside).toEqual([
      'instrumentation/bundled',
      'register/bundled',
      ...['bullmq', 'pg-boss', 'graphile-worker'].map((engine) => `instrumentation/engines/${engine}`),
      ...programs.map(({ entry }) => entry),
    ]);
    expect('entry' in buildOptions && buildOptions.entry).toEqual(entries());
  });

  test('exports - the fallbacks for old resolvers name the core', () => {
    expect(manifest).toMatchObject({
      main: manifest.exports['.'].require.default,
      module: manifest.exports['.'].import.default,
      types: manifest.exports['.'].require.types,
    });
  });

  test('exports - classic resolution, which reads no exports, finds the types of every subpath', () => {
    const under = subpaths().filter(({ specifier }) => specifier !== manifest.name);
    expect(manifest.typesVersions).toEqual({
      '*': Object.fromEntries(
        under.map(({ specifier, entry }) => [specifier.replace('signalbox/', ''), [`./dist/${entry}.d.cts`]]),
      ),
    });
  });

  test('exports - no peer can fail an install: each is optional, in any version', () => {
    const peers = Object.keys(manifest.peerDependencies);
    expect(peers).toEqual(
      expect.arrayContaining(['@opentelemetry/api', 'bullmq', 'graphile-worker', 'pg-boss']),
    );
    expect(manifest.peerDependencies).toEqual(Object.fromEntries(peers.map((name) => [name, '*'])));
    expect(manifest.peerDependenciesMeta).toEqual(
      Object.fromEntries(peers.map((name) => [name, { optional: true }])),
    );
  });

  describe.each(subpaths())('$specifier', ({ specifier, entry, source, bundled }) => {
    test('exports - its source exists, and that which bundlers take', () => {
      expect(existsSync(source), source).toBe(true);
      expect(existsSync(sourceOf(bundled)), bundled).toBe(true);
    });

    test('exports - import and require get the build of this source, each with its own types first', () => {
      const { module, ...conditions } = manifest.exports[specifier.replace('signalbox', '.')];
      expect(module).toEqual(
        bundled === entry ? undefined : { types: `./dist/${entry}.d.ts`, default: `./dist/${bundled}.js` },
      );
      expect(conditions).toEqual({
        import: { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` },
        require: { types: `./dist/${entry}.d.cts`, default: `./dist/${entry}.cjs` },
      });
      // The first that fits is taken.
      expect(Object.keys(manifest.exports[specifier.replace('signalbox', '.')])).toEqual([
        ...(module ? ['module'] : []),
        'import',
        'require',
      ]);
      expect(Object.keys(conditions.import)).toEqual(['types', 'default']);
      expect(Object.keys(conditions.require)).toEqual(['types', 'default']);
    });

    test('exports - the compiler resolves its name to the source without a build', () => {
      const found = ts.resolveModuleName(
        specifier,
        resolve('examples/probe.ts'),
        compilerOptions ?? {},
        ts.sys,
      );
      expect(found.resolvedModule?.resolvedFileName).toBe(resolve(source));
    });
  });
});
