import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OPTIONS } from '../../src/box/options.js';
import * as jobs from '../../src/jobs/index.js';
import { filesUnder } from '../deploy/files.js';
import { pages } from './blocks.js';

const LONGEST_README_LINES = 250;
const EVERY_PAGE = [
  ...pages(),
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...['docs/decisions', 'bench'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];

const read = (path: string): string => readFileSync(path, 'utf8');

/** Targets of a page's links that lead to no other host. */
function linksOf(page: string): string[] {
  const text = read(page).replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(page: string): Set<string> {
  const headings = read(page)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

/** Prose, without the stars of docstrings and the breaks of lines. */
const flat = (text: string): string => text.replace(/^\s*(\*|\/\/) ?/gm, '').replace(/\s+/g, ' ');

/** The sentences that the style page shows as bad. */
function badSentences(page: string): string[] {
  return [...page.matchAll(/^\| (.+?) \| .+ \|$/gm)]
    .map(([, before = '']) => before)
    .filter((before) => before !== 'before');
}

describe('the pages', () => {
  test('README.md - has at most 250 lines', () => {
    expect(read('README.md').split('\n').length - 1).toBeLessThanOrEqual(LONGEST_README_LINES);
  });

  test('docs/README.md - links every page of docs', () => {
    const linked = linksOf('docs/README.md').map((target) => target.replace(/#.*/, ''));
    const there = readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md');
    expect(there.filter((name) => !linked.includes(name))).toEqual([]);
  });

  test('docs - a link to a heading leads to a heading of that page', () => {
    const links = EVERY_PAGE.flatMap((page) =>
      linksOf(page)
        .filter((target) => target.includes('#'))
        .map((target) => {
          const [path = '', anchor = ''] = target.split('#');
          return { page, to: path === '' ? page : posix.join(dirname(page), path), anchor };
        }),
    );
    expect(links.length).toBeGreaterThan(30);
    // Whether the page itself is there, test/package/links.test.ts says.
    const dead = links.filter(({ to, anchor }) => existsSync(to) && !anchorsOf(to).has(anchor));
    expect(dead).toEqual([]);
  });

  test('docs/box-options.md - its table has each option, and no other', () => {
    const named = [...read('docs/box-options.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(OPTIONS).sort());
  });

  test('README.md - has a row for each runtime dependency, with its reason', () => {
    const { dependencies = {} } = JSON.parse(read('package.json')) as { dependencies?: object };
    const [, table = ''] =
      /\| runtime dependency \| why \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(read('README.md')) ?? [];
    const named = [...table.matchAll(/^\| `?([^`|]+?)`? \| \S/gm)].map(([, name]) => name);
    const needed = Object.keys(dependencies);
    expect(named).toEqual(needed.length > 0 ? needed : ['none']);
  });

  test('docs/wire.md - its table has each signal of signalbox/jobs, and no other', () => {
    const [, table = ''] =
      /\| signal \| severity \| when \|\n\|.*\n((?:\|.*\n)+)/.exec(read('docs/wire.md')) ?? [];
    const named = [...table.matchAll(/^\| ([A-Z_, ]+) \|/gm)].flatMap(([, names = '']) => names.split(', '));
    const signals = Object.keys(jobs).filter((name) => /^[A-Z]+_[A-Z_]+$/.test(name));
    expect(named.sort()).toEqual(signals.sort());
  });

  test('docs/style.md - no sentence that it shows as bad is in the sources or on a page', () => {
    const bad = badSentences(read('docs/style.md'));
    expect(bad.length).toBeGreaterThan(5);
    const files = [...filesUnder('src').filter((path) => path.endsWith('.ts')), ...EVERY_PAGE];
    const found = files
      .filter((path) => path !== 'docs/style.md')
      .flatMap((path) => {
        const text = flat(read(path));
        return bad.filter((sentence) => text.includes(sentence)).map((sentence) => `${path}: ${sentence}`);
      });
    expect(found).toEqual([]);
  });

  test('docs/style.md - a bad sentence is found over the lines of a docstring too', () => {
    expect(flat('/**\n   * What no route\n   * takes is counted.\n   */')).toContain(
      'What no route takes is counted.',
    );
    expect(badSentences('| before | after |\n|---|---|\n| What is bad. | It is good. |')).toEqual([
      'What is bad.',
    ]);
  });
});
