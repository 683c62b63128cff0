import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package that an app loaded. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/** The packages in some folders, without those that can not be read. */
export function packagesIn(folders: readonly string[]): Package[] {
  return folders.flatMap((folder) => {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return [{ name, version, folder }];
    } catch {
      return [];
    }
  });
}
