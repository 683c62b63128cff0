import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { build } from 'esbuild';

/** Above so many bytes the size that is kept can only fall. */
export const CEILING = 24_000;

/**
 * How many bytes all that an entry exports has in an app that bundles and minifies it, gzipped. What it imports when it needs it, and not before, is none of them:
 * bundlers make a file of its own of that. Another zlib may give some bytes more or less.
 */
export async function sizeOf(entry: string): Promise<number> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    outdir: 'bundled',
    metafile: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'node20',
    // The repository's own leads to the sources.
    tsconfigRaw: '{}',
    legalComments: 'none',
    // What is loaded later imports the core for its place among the files alone.
    logOverride: { 'ignored-bare-import': 'silent' },
  });
  const loaded = loadedAtOnce(metafile);
  return outputFiles
    .filter(({ path }) => loaded.has(path))
    .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

/** The files that are loaded with the first one, the entry's. */
function loadedAtOnce({ outputs }: Metafile): ReadonlySet<string> {
  const [entry = ''] = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint !== undefined);
  const found = new Set([entry]);
  // What is added is walked through too.
  for (const path of found)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement') found.add(imported);
  return new Set([...found].map((path) => resolve(path)));
}

/** Whether a size may be kept in place of another. */
export function mayKeep(size: number, kept: number): boolean {
  return size <= Math.max(kept, CEILING);
}
