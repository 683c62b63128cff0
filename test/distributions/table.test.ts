import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PAGE, tableIn } from './page.js';
import { describedIn, HERE } from './run/places.js';
import { SET_UPS } from './set-ups/index.js';
import { distributionsTable } from './table.js';

describe('the page on distributions', () => {
  test('its table is the one that the set-ups are held to', () => {
    expect(tableIn(readFileSync(PAGE, 'utf8'))).toBe(distributionsTable(SET_UPS));
  });

  test('each folder of a set-up is in it', () => {
    const folders = readdirSync(join(HERE, 'set-ups'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(new Set(SET_UPS.map(({ name, folder = name }) => folder))).toEqual(
      new Set(folders.map(({ name }) => name)),
    );
    expect(new Set(SET_UPS.map(({ name }) => name)).size).toBe(SET_UPS.length);
  });

  test.each(SET_UPS.map((setUp) => [setUp.name, setUp] as const))(
    '%s - its packages are pinned exactly',
    (_, setUp) => {
      const folder = describedIn(setUp);
      const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        dependencies: Readonly<Record<string, string>>;
      };
      for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(existsSync(join(folder, 'package-lock.json'))).toBe(true);
    },
  );
});
