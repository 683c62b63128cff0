import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packed } from './support/packed.js';

const { folder } = packed();

/** The sources that are in a built file, and in all that it loads as it is loaded. */
function sourcesOf(file: string, seen: Set<string> = new Set()): readonly string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const own = [...text.matchAll(/^\/\/ (src\/\S+\.ts)$/gm)].map(([, source]) => `${source}`);
  const loads = [...text.matchAll(/(?: from |^import |\brequire\()['"](\.[^'"]+)['"]/gm)];
  return [...own, ...loads.flatMap(([, other]) => sourcesOf(join(dirname(file), `${other}`), seen))];
}

const isOfAnEngine = (source: string): boolean =>
  /^src\/(jobs|adapters\/[^/]+)\//.test(source) && !/(options|job-types)\.ts$/.test(source);

describe.each(['js', 'cjs'])('what is loaded when an engine is (%s)', (ending) => {
  test.each(['instrumentation', 'register'])(
    'signalbox/%s - loads nothing of an engine as it is loaded but its options, in few files',
    (name) => {
      const files = new Set<string>();
      const sources = sourcesOf(join(folder, `dist/${name}/index.${ending}`), files);
      expect(sources).toContain('src/instrumentation/bullmq.ts');
      expect(sources.filter(isOfAnEngine)).toEqual([]);
      expect(files.size).toBeLessThan(10);
    },
  );

  test.each(['bullmq', 'pg-boss', 'graphile-worker'])('%s - is all in what is loaded then', (engine) => {
    const sources = sourcesOf(join(folder, `dist/instrumentation/engines/${engine}.${ending}`));
    expect(sources).toContain(`src/adapters/${engine}/connect.ts`);
    const others = ['bullmq', 'pg-boss', 'graphile-worker'].filter((one) => one !== engine);
    for (const other of others) expect(sources).not.toContain(`src/adapters/${other}/connect.ts`);
  });

  test.each(['instrumentation', 'register'])(
    'signalbox/%s - what bundlers take in its place has all engines in it',
    (name) => {
      const sources = sourcesOf(join(folder, `dist/${name}/bundled.${ending}`));
      for (const engine of ['bullmq', 'pg-boss', 'graphile-worker'])
        expect(sources).toContain(`src/adapters/${engine}/connect.ts`);
    },
  );
});

test.each(['js', 'cjs'])(
  'signalbox (%s) - is one file, and loads what tells in development when it is needed alone',
  (ending) => {
    const files = new Set<string>();
    const sources = sourcesOf(join(folder, `dist/index.${ending}`), files);
    expect(sources).toContain('src/box/development.ts');
    expect(sources.filter((source) => source.startsWith('src/development/'))).toEqual([]);
    // The entry and the core.
    expect(files.size).toBe(2);
    const text = [...files].map((file) => readFileSync(file, 'utf8')).join();
    const [, later = ''] = /import\(['"](\.\/teller-\w+\.c?js)['"]\)/.exec(text) ?? [];
    expect(sourcesOf(join(folder, 'dist', later))).toContain('src/development/wrong-values.ts');
  },
);
