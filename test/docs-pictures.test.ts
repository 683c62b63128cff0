import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const FOLDER = 'docs/images';
const LARGEST_BYTES = 150_000;
const PAGES = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const shown = PAGES.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, alt = '', link = '']) => ({
    page,
    alt,
    file: join(dirname(page), link),
  })),
);

describe('pictures', () => {
  test('docs - each picture that a page shows is there, is told in words and loads fast', () => {
    expect(shown.length).toBeGreaterThan(5);
    for (const { page, alt, file } of shown) {
      expect(existsSync(file), `${page}: ${file}`).toBe(true);
      expect(statSync(file).size, file).toBeLessThan(LARGEST_BYTES);
      expect(alt.split(' ').length, `${page}: ${alt}`).toBeGreaterThan(5);
    }
  });

  test('docs - no picture lies about that no page shows', () => {
    const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));
    expect(files.filter((file) => !shown.some((one) => one.file === file))).toEqual([]);
  });
});
