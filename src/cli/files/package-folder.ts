import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package: the nearest folder above this file with a package.json, for sources and for built files. */
export function packageFolder(): string {
  // CommonJS has `__filename`, ESM has `import.meta.url`.
  let folder = dirname(typeof __filename === 'string' ? __filename : fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
