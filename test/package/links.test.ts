import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packed } from './support/packed.js';

interface Link {
  readonly from: string;
  readonly to: string;
}

const { files, folder } = packed();

/** Links and pictures of a page that lead to a file beside it. */
function linksOf(page: string): Link[] {
  const text = readFileSync(join(folder, page), 'utf8').replace(/```[\s\S]*?```/g, '');
  const targets = [...text.matchAll(/\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)"/g)].map(
    (found) => found[1] ?? found[2] ?? '',
  );
  return targets
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .map((target) => ({
      from: page,
      to: posix.normalize(posix.join(posix.dirname(page), target.replace(/#.*$/, ''))),
    }));
}

const pages = files.filter((file) => file.endsWith('.md'));
const links = pages.flatMap(linksOf);

describe('links of the pages in the package', () => {
  test('README.md - is in the package with its documentation, and links to it', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/reading-a-job-trace.md']));
    expect(links).toContainEqual({ from: 'README.md', to: 'docs/reading-a-job-trace.md' });
    expect(links).toContainEqual({ from: 'README.md', to: 'docs/images/retried-job-jaeger.png' });
  });

  test('links - each leads to a file that is in the package', () => {
    const isThere = (path: string): boolean =>
      files.includes(path) || files.some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`));
    expect(links.filter(({ to }) => !isThere(to))).toEqual([]);
  });
});
