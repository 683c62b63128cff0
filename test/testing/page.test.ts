import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { blocksOf } from '../docs/blocks.js';

const work = mkdtempSync(join(import.meta.dirname, 'run-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const block = blocksOf('docs/testing.md').find(({ name }) => name.endsWith('Matchers of vitest and Jest'));
const file = join(work, 'page.ts');
writeFileSync(file, block?.code ?? '');
// Its own test is one of this file's then.
await import(pathToFileURL(file).href);

test('docs - the tests of docs/testing.md are run here', () => {
  expect(block?.code).toContain("test('a payment is emitted'");
});
