import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CELLS, DIMENSIONS } from './matrix/cells.js';
import { PAGE, withCells } from './page.js';
import { nodeVersions } from './run/install.js';
import { HERE } from './run/places.js';
import { matrixTable, zeroCodeTable } from './table.js';
import { ZERO_CODE } from './zero-code/cells.js';

describe('docs/compatibility.md', () => {
  test('shows the cells that `npm run test:compat` runs', () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(withCells(page)).toBe(page);
  });

  test('has every cell in its tables', () => {
    expect(matrixTable().match(/Node \d+, (ESM|CommonJS)/g)).toHaveLength(CELLS.length);
    expect(zeroCodeTable().match(/BullMQ|pg-boss/g)).toHaveLength(ZERO_CODE.length);
  });
});

describe('what `npm run test:compat` installs', () => {
  const dependenciesIn = (folder: string): Record<string, string> =>
    (JSON.parse(readFileSync(join(HERE, folder, 'package.json'), 'utf8')) as { dependencies: object })
      .dependencies as Record<string, string>;

  test('is pinned exactly', () => {
    for (const folder of ['nodes', 'otel-3'])
      for (const version of Object.values(dependenciesIn(folder)))
        expect(version).toMatch(/(^|@)\d+\.\d+\.\d+$/);
  });

  test('has each Node, and its SDK is of the line that it stands for', () => {
    const versions = Object.entries(nodeVersions());
    expect(versions.map(([major]) => major)).toEqual(DIMENSIONS.node);
    for (const [major, version] of versions) expect(version.split('.')[0]).toBe(major);
    expect(dependenciesIn('otel-3')['@opentelemetry/sdk-trace']).toMatch(/^3\./);
  });
});
