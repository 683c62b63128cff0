import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alone, cacheDirectory, cached, keep } from '../e2e/programs/cache.js';
import { isOlder } from '../e2e/programs/go.js';
import { otelcolManifest } from '../e2e/programs/otelcol-manifest.js';
import { programs } from '../e2e/programs/programs.js';
import type { Recipe } from '../e2e/programs/recipes.js';
import { recipes, replacements } from '../e2e/programs/recipes.js';
import { composeStack } from '../e2e/stack/compose-stack.js';
import { TAIL_SAMPLING } from '../e2e/stack/overlays.js';
import { text, yaml } from './files.js';

const RECIPE: Recipe = {
  release: '1.2.3',
  minutes: 1,
  ingredients: 'flour, water',
  build: () => Promise.reject(new Error('built by the tests themselves')),
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-programs-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

async function bake(directory: string): Promise<string> {
  const program = join(directory, 'out');
  await writeFile(program, 'bread');
  return program;
}

describe('programs()', () => {
  it('without Go, rejects with what is missing and how to get it', async () => {
    vi.stubEnv('SIGNALBOX_PROGRAMS', root);
    vi.stubEnv('PATH', root);

    await expect(programs()).rejects.toThrow(
      /Go is needed to build .* `go` can not be run .*Install Go \d+\.\d+\.\d+ or newer/,
    );
    expect(await readdir(root)).toEqual([]);
  });

  it('with a Go that is too old, says which one it found', async () => {
    vi.stubEnv('SIGNALBOX_PROGRAMS', root);
    vi.stubEnv('PATH', root);
    await writeFile(join(root, 'go'), '#!/bin/sh\necho go1.20.1\n', { mode: 0o755 });

    await expect(programs()).rejects.toThrow(/`go` is go1\.20\.1/);
  });

  it('finds what was built without asking for Go', async () => {
    vi.stubEnv('SIGNALBOX_PROGRAMS', root);
    vi.stubEnv('PATH', root);
    for (const [name, recipe] of Object.entries(recipes)) await keep(root, name, recipe, bake);

    const found = await programs();

    expect(Object.keys(found).sort()).toEqual(Object.keys(recipes).sort());
    for (const path of Object.values(found)) expect(await readFile(path, 'utf8')).toBe('bread');
  });
});

describe('the cache of programs', () => {
  it('keeps nothing of a build that failed', async () => {
    const failing = keep(root, 'bread', RECIPE, async (directory) => {
      await bake(directory);
      throw new Error('burnt');
    });

    await expect(failing).rejects.toThrow('burnt');
    expect(await cached(root, 'bread', RECIPE)).toBeUndefined();
    expect(await readdir(root)).toEqual([]);
  });

  it('does not take a program that was built from other ingredients', async () => {
    const path = await keep(root, 'bread', RECIPE, bake);

    expect(await cached(root, 'bread', RECIPE)).toBe(path);
    expect(await cached(root, 'bread', { ...RECIPE, ingredients: 'rye' })).toBeUndefined();
  });

  it('lets one build at a time', async () => {
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await bake(root);
      order.push(`${name} ends`);
    };

    await Promise.all(['a', 'b'].map((name) => alone(root, () => {}, work(name))));

    const first = order[0]?.[0];
    expect(order.map((step) => step[0])).toEqual(first === 'a' ? ['a', 'a', 'b', 'b'] : ['b', 'b', 'a', 'a']);
  });

  it('takes over the lock of a process that is gone', async () => {
    // Above what any system gives.
    await writeFile(join(root, '.lock'), '99999999');

    await expect(
      alone(
        root,
        () => {},
        async () => 'done',
      ),
    ).resolves.toBe('done');
  });

  it('lies where SIGNALBOX_PROGRAMS says, else in the user’s cache', () => {
    expect(cacheDirectory({ SIGNALBOX_PROGRAMS: '/p', XDG_CACHE_HOME: '/c' })).toBe('/p');
    expect(cacheDirectory({ XDG_CACHE_HOME: '/c' })).toBe('/c/signalbox/programs');
    expect(cacheDirectory({})).toMatch(/\/\.cache\/signalbox\/programs$/);
  });
});

describe('what is built', () => {
  it.each([
    ['1.25.9', '1.26.7', true],
    ['1.26.6', '1.26.7', true],
    ['1.26.7', '1.26.7', false],
    ['1.27', '1.26.7', false],
    ['1.26', '1.26.7', true],
    ['devel', '1.26.7', false],
  ])('Go %s is older than %s: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });

  it('takes a module’s replacements over, but those by its own folders', () => {
    const goMod = [
      'module x',
      'replace github.com/a/b => github.com/c/b v1.0.0',
      'replace (',
      '\tgithub.com/d/e => github.com/f/e v2.0.0',
      '\tgithub.com/d/push => ./pkg/push',
      ')',
    ].join('\n');

    expect(replacements(goMod)).toEqual([
      'replace github.com/a/b => github.com/c/b v1.0.0',
      'replace github.com/d/e => github.com/f/e v2.0.0',
    ]);
  });

  it('has each part that otel-collector.yaml and its overlay name, and no other', () => {
    const kinds = ['extensions', 'receivers', 'processors', 'connectors', 'exporters'];
    const named = ['otel-collector.yaml', TAIL_SAMPLING].flatMap((path) => {
      const file = yaml<Record<string, Record<string, unknown>>>(path);
      return kinds.flatMap((kind) =>
        Object.keys(file[kind] ?? {}).map((id) => (id.split('/')[0] ?? '').replaceAll('_', '')),
      );
    });
    const built = [...otelcolManifest().matchAll(/gomod: \S+\/(\w+) /g)]
      .map((match) => match[1] ?? '')
      .filter((name) => !name.endsWith('provider'))
      .map((name) => name.replace(/(extension|receiver|processor|connector|exporter)$/, ''));

    expect([...new Set(named)].sort()).toEqual(built.sort());
    expect(text('otel-collector.yaml')).not.toMatch(/\$\{(?!env:)/);
    expect(text(TAIL_SAMPLING)).not.toMatch(/\$\{(?!env:)/);
  });
});

describe('composeStack()', () => {
  it('where no engine answers, rejects with what is needed', async () => {
    vi.stubEnv('PATH', root);

    await expect(composeStack()).rejects.toThrow(
      /Docker Engine 25 or newer with the compose plugin is needed/,
    );
  });
});
