import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FILES = ['telemetry.ts', 'shop.ts', 'mail-worker.ts'] as const;

function linesOf(shop: 'before' | 'after', file: string): string[] {
  return readFileSync(`examples/drop-in/${shop}/${file}`, 'utf8').split('\n');
}

/** Lines of one that the other does not have, without their indentation. */
function only(mine: readonly string[], theirs: readonly string[]): string[] {
  const known = new Set(theirs.map((line) => line.trim()));
  return mine.map((line) => line.trim()).filter((line) => line !== '' && !known.has(line));
}

test('docs/drop-in.md - the difference of the drop-in app is the difference between its two folders, and nothing is left out', () => {
  const block = /<!-- drop-in:begin -->\s*```diff\n([\s\S]*?)```/.exec(
    readFileSync('docs/drop-in.md', 'utf8'),
  )?.[1];
  expect(block).toBeDefined();
  const shown = (sign: string): string[] =>
    (block ?? '')
      .split('\n')
      .filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3)))
      .map((line) => line.slice(1).trim())
      .filter((line) => line !== '');
  const removed = FILES.flatMap((file) => only(linesOf('before', file), linesOf('after', file)));
  const added = FILES.flatMap((file) => only(linesOf('after', file), linesOf('before', file)));
  expect(removed.length).toBeGreaterThan(0);
  expect(only(removed, shown('-')), 'removed, but not on the page').toEqual([]);
  expect(only(added, shown('+')), 'added, but not on the page').toEqual([]);
  expect(only(shown('+'), added), 'on the page, but not added').toEqual([]);
});
