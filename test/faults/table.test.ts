import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allGroups, findFault, LOADERS } from './groups/index.js';
import { PAGE, tableIn } from './page.js';
import { parseFlags } from './run/flags.js';
import { MUTANTS } from './run/mutants.js';
import { faultsTable } from './table.js';

const groups = await allGroups();
const paths = groups.flatMap(({ name, faults }) => faults.map((fault) => `${name}/${fault.name}`));

describe('the page on faults', () => {
  test('its tables are the ones that are played: `npm run test:faults -- --write` writes them', () => {
    expect(tableIn(readFileSync(PAGE, 'utf8'))).toBe(faultsTable(groups));
  });
});

describe('the table of faults', () => {
  test('has at least 80 faults, each under a name of its own', () => {
    expect(paths.length).toBeGreaterThanOrEqual(80);
    expect(new Set(paths).size).toBe(paths.length);
    expect(groups.map(({ name }) => name)).toEqual(Object.keys(LOADERS));
  });

  test.each(paths)('%s - says what is injected and what must hold', async (path) => {
    const fault = await findFault(path);
    expect(fault.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const text of [fault.injected, fault.holds]) expect(text).toMatch(/^[A-Z0-9`].*\.$/s);
  });
});

describe('the mutants', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s - can be made, and a fault has to find it',
    (_, { file, from, foundBy }) => {
      expect(readFileSync(file, 'utf8').split(from)).toHaveLength(2);
      expect(paths).toContain(foundBy);
    },
  );
});

describe('parseFlags()', () => {
  test('takes a fault, a group, and a name that several groups have', () => {
    const all = ['a/one', 'a/two', 'b/two'];
    expect(parseFlags(['a'], all).chosen).toEqual(['a/one', 'a/two']);
    expect(parseFlags(['two', 'a/two'], all).chosen).toEqual(['a/two', 'b/two']);
    expect(parseFlags([], all)).toMatchObject({ chosen: all, isAll: true });
  });

  test('refuses an unknown name with the nearest and the list', () => {
    expect(() => parseFlags(['onne'], ['a/one'])).toThrow(
      /no fault or group 'onne'. Did you mean 'one'\?[\s\S]*a\/one/,
    );
    expect(() => parseFlags(['--lsit'], [])).toThrow(/--lsit/);
  });
});
