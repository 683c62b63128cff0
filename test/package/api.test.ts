import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { subpaths } from '../../scripts/subpaths.js';
import { apiReport } from './support/api-report.js';
import { packed } from './support/packed.js';

const { folder, work } = packed();

describe('api - what is public', () => {
  test.each(subpaths())(
    '$specifier - is what its report in test/package/api says; `npm run api` accepts a change',
    async ({ specifier, entry }) => {
      const name = nameOf(specifier);
      const report = apiReport(join(folder, 'dist', `${entry}.d.ts`), folder, join(work, 'api', name));
      await expect(report).toMatchFileSnapshot(`api/${name}.txt`);
    },
  );

  test('api - no report is of an entry that is none', () => {
    const names = subpaths().map(({ specifier }) => `${nameOf(specifier)}.txt`);
    expect(readdirSync(join(import.meta.dirname, 'api')).sort()).toEqual(names.sort());
  });
});

function nameOf(specifier: string): string {
  return specifier.replace('/', '-');
}
