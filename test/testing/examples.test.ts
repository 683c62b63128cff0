import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';

const ROOM = join(import.meta.dirname, '../../src/testing');
// Within the tests: imports are looked for from where a file lies.
const work = mkdtempSync(join(import.meta.dirname, 'run-'));

afterAll(() => rmSync(work, { recursive: true, force: true }));

const examples = readdirSync(ROOM).flatMap((file) => {
  const blocks = readFileSync(join(ROOM, file), 'utf8').matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm);
  return [...blocks].map(([, code = ''], i) => ({
    name: `${file} ${i + 1}`,
    code: code.replaceAll(/^ *\* ?/gm, ''),
  }));
});

describe('the examples of signalbox/testing', () => {
  test.each(examples)('examples - run as they stand: $name', async ({ name, code }) => {
    const file = join(work, `${name.replaceAll(/\W/g, '-')}.ts`);
    writeFileSync(file, code);
    const claims = vi.spyOn(console, 'assert');
    await import(pathToFileURL(file).href);
    const failed = claims.mock.calls.filter(([held]) => !held);
    claims.mockRestore();
    expect(failed).toEqual([]);
  });

  test('examples - each file that has an export of its own has some', () => {
    expect(examples.length).toBeGreaterThan(20);
  });
});
