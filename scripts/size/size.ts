import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Above so many bytes the size that is kept can only fall. */
export const CEILING = 24_000;

/** How many bytes all that an entry exports has in an app that bundles and minifies it, gzipped. Another zlib may give some bytes more or less. */
export async function sizeOf(entry: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'node20',
    // The repository's own leads to the sources.
    tsconfigRaw: '{}',
    legalComments: 'none',
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

/** Whether a size may be kept in place of another. */
export function mayKeep(size: number, kept: number): boolean {
  return size <= Math.max(kept, CEILING);
}
